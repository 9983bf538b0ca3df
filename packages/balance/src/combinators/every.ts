import type { Balancer, Status } from '../balancer.ts';
import { needsNow } from '../needs-now.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';

export type EveryState<State> = {
  readonly inner: State;
  /** The last weight of each task; null before its first. */
  readonly held: readonly (number | null)[];
  /** Steps since the balancer's last turn, that one included; 0 before the first. */
  readonly age: number;
  /** That of the last turn: weights that were a stand-in then still are. */
  readonly status: Status;
};

/**
 * A balancer that has its turn at every n-th step; in between its weights stand.
 *
 * Between turns nothing has to be measured (`needsNow` says so), the inner balancer is not called and its state rests. A task
 * that comes without ever having been weighed brings the turn forward; one that was absent at the last turn keeps its weight
 * from before. Steps without any task do not count.
 *
 * Throws a RangeError unless n is a positive integer.
 */
export function every<State>(n: number, balancer: Balancer<State>): Balancer<EveryState<State>> {
  if (!(Number.isSafeInteger(n) && n > 0)) throw new RangeError(`expected a positive integer n. Found ${n}.`);
  const rests = ({ held, age }: EveryState<State>, present: readonly boolean[]) =>
    !present.includes(true) || (age > 0 && age < n && held.every((weight, task) => weight !== null || !present[task]));

  return {
    name: `every(${n}, ${balancer.name})`,
    needs: balancer.needs,
    knownBefore: balancer.knownBefore,
    init(taskCount) {
      requireTaskCount(taskCount);
      return {
        inner: balancer.init(taskCount),
        held: new Array<null>(taskCount).fill(null),
        age: 0,
        status: { kind: 'ok' },
      };
    },
    needsNow: (state, present) => (rests(state, present) ? 'nothing' : needsNow(balancer, state.inner, present)),
    weigh(statistics, state, key) {
      const { present } = statistics;
      requirePerTask('present', present, state.held.length);
      if (rests(state, present)) {
        const weights = state.held.map((weight, task) => (present[task] ? weight! : 0));
        if (!present.includes(true)) return { weights, state, status: statusOf(present) };
        return { weights, state: { ...state, age: state.age + 1 }, status: state.status };
      }
      const weighed = balancer.weigh(statistics, state.inner, key);
      const { weights, state: inner, status } = weighed;
      const held = state.held.map((weight, task) => (present[task] ? weights[task]! : weight));
      return { ...weighed, state: { inner, held, age: 1, status } };
    },
    ...(balancer.observe && {
      observe: (losses, state, present) =>
        state.age === 1 && present.includes(true)
          ? { ...state, inner: balancer.observe!(losses, state.inner, present) }
          : state,
    }),
    ...(balancer.judged && {
      judged: (scores, state) => ({ ...state, inner: balancer.judged!(scores, state.inner) }),
    }),
  };
}
