import { fold, type Key } from '@polytask/base';
import type { Balancer, Status } from '../balancer.ts';
import { needsNow } from '../needs-now.ts';
import type { Step } from './arbitrary-steps.ts';

/** What a balancer did in one step. */
export type Turn<State> = {
  readonly step: Step;
  readonly before: State;
  readonly weights: readonly number[];
  readonly status: Status;
  readonly after: State;
};

/** One step as a training loop takes it: only what `needsNow` asks for is measured before, and nothing given can be changed. */
export function take<State>(balancer: Balancer<State>, step: Step, before: State, key: Key): Turn<State> {
  const { lossesAfter, losses, present, gramian, ...clock } = step;
  const needed = needsNow(balancer, before, present);
  const statistics = {
    ...clock,
    present,
    losses: needed === 'nothing' ? [] : losses,
    ...(needed === 'gramian' && { gramian }),
  };
  const { weights, state, status } = balancer.weigh(frozen(statistics), frozen(before), fold(key, step.step));
  const observed = balancer.knownBefore ? losses : lossesAfter;
  const observes = balancer.observe && (balancer.knownBefore || needed !== 'nothing');
  const after = observes ? balancer.observe!(frozen(observed), frozen(state), present) : state;
  return { step, before, weights, status, after };
}

/** All steps in turn from `state`, as `take` takes them; `carry` may replace the state between steps. */
export function follow<State>(
  balancer: Balancer<State>,
  steps: readonly Step[],
  state: State,
  key: Key,
  carry: (state: State) => State = (unchanged) => unchanged,
): Turn<State>[] {
  const turns: Turn<State>[] = [];
  let current = state;
  for (const step of steps) {
    const turn = take(balancer, step, current, key);
    turns.push(turn);
    current = carry(turn.after);
  }
  return turns;
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
