import type { Balancer } from '../balancer.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';

export type SmoothedState<State> = {
  readonly inner: State;
  /** The average of each task's weights; null before its first. */
  readonly average: readonly (number | null)[];
};

/**
 * A balancer whose weights are averaged over steps, against the noise of single batches.
 *
 *   w̄ₖ(t) = β w̄ₖ(t − 1) + (1 − β) wₖ(t),   w̄ₖ = wₖ at first
 *
 * Over the steps in which task k is present.
 *
 * Throws a RangeError unless 0 ≤ β < 1. Zhou et al., "On the Convergence of Stochastic Multi-Objective Gradient Manipulation
 * and Beyond", NeurIPS 2022.
 */
export function smoothed<State>(beta: number, balancer: Balancer<State>): Balancer<SmoothedState<State>> {
  if (!(beta >= 0 && beta < 1)) throw new RangeError(`expected 0 ≤ beta < 1. Found ${beta}.`);
  const { judged, observe, needsNow } = balancer;
  return {
    name: `smoothed(${beta}, ${balancer.name})`,
    needs: balancer.needs,
    knownBefore: balancer.knownBefore,
    init(taskCount) {
      requireTaskCount(taskCount);
      return { inner: balancer.init(taskCount), average: new Array<null>(taskCount).fill(null) };
    },
    weigh(statistics, state, key) {
      const { present } = statistics;
      requirePerTask('present', present, state.average.length);
      const weighed = balancer.weigh(statistics, state.inner, key);
      const { weights, state: inner } = weighed;
      const average = state.average.map((before, task) => {
        if (!present[task]) return before;
        return before === null ? weights[task]! : beta * before + (1 - beta) * weights[task]!;
      });
      return {
        ...weighed,
        weights: average.map((weight, task) => (present[task] ? weight! : 0)),
        state: { inner, average },
      };
    },
    ...(observe && {
      observe: (losses, state, present) => ({ ...state, inner: observe.call(balancer, losses, state.inner, present) }),
    }),
    ...(judged && { judged: (scores, state) => ({ ...state, inner: judged.call(balancer, scores, state.inner) }) }),
    ...(needsNow && { needsNow: (state, present) => needsNow.call(balancer, state.inner, present) }),
  };
}
