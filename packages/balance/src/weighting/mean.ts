import type { Balancer } from '../balancer.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';

export type MeanState = { readonly taskCount: number };

/**
 * The mean of the losses of the tasks present: `equal` at a learning rate that does not grow with their number.
 *
 *   wₖ = 1/K
 */
export function mean(): Balancer<MeanState> {
  return {
    name: 'mean',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      return { taskCount };
    },
    weigh({ present }, state) {
      requirePerTask('present', present, state.taskCount);
      const count = present.filter(Boolean).length;
      return { weights: present.map((here) => (here ? 1 / count : 0)), state, status: statusOf(present) };
    },
  };
}
