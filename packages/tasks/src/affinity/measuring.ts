import { type Balancer, equal } from '@polytask/balance';

/** A balancer that asks for the Gramian of the tasks in every step, whatever it needs itself, so that reports have cosines. */
// biome-ignore lint/suspicious/noExplicitAny: the state of a balancer is its own business
export function measuring(balancer: Balancer<any> = equal()): Balancer<any> {
  const { needsNow: _, ...own } = balancer;
  return { ...own, needs: 'gramian', knownBefore: false };
}

/** Which task takes the next step alone; null where all take it, with weight 1. */
type Turn = { readonly task: number | null };

/** A balancer whose state says which task takes the step. */
export function oneTask(): Balancer<Turn> {
  return {
    name: 'oneTask',
    needs: 'losses',
    knownBefore: true,
    init: () => ({ task: null }),
    weigh({ present }, state) {
      const weights = present.map((here, task) => Number(here && (state.task === null || state.task === task)));
      return { weights, state, status: { kind: 'ok' } };
    },
  };
}
