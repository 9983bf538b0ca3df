import type { Balancer, StepNeeds } from './balancer.ts';

/**
 * What the step about to run has to measure before `balancer.weigh`.
 *
 * With `'nothing'` the step can run as one program. Then a balancer whose weights are not known before also needs no
 * `observe`, which spares measuring the losses after the update.
 */
export function needsNow<State>(balancer: Balancer<State>, state: State, present: readonly boolean[]): StepNeeds {
  if (balancer.needsNow) return balancer.needsNow(state, present);
  return balancer.knownBefore ? 'nothing' : balancer.needs;
}
