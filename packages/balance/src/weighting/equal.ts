import type { Balancer } from '../balancer.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';

export type EqualState = { readonly taskCount: number };

/**
 * The sum of the losses: the baseline every other method has to beat.
 *
 *   wₖ = 1
 *
 * The sum, not the mean, over the tasks present: a task pulls as hard in company as alone.
 */
export function equal(): Balancer<EqualState> {
  return {
    name: 'equal',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      return { taskCount };
    },
    weigh({ present }, state) {
      requirePerTask('present', present, state.taskCount);
      return { weights: present.map((here) => (here ? 1 : 0)), state, status: statusOf(present) };
    },
  };
}
