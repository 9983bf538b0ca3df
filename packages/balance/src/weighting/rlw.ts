import { normal } from '@polytask/base';
import type { Balancer } from '../balancer.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { softmax } from '../softmax.ts';
import { statusOf } from '../status.ts';
import { presentTasks, spread } from '../tasks.ts';

export type RlwState = { readonly taskCount: number };

/**
 * Random loss weighting: new weights in every step, from the step's key. A baseline that methods ought to beat.
 *
 *   w = softmax(z),   z ~ N(0, I)
 *
 * Σ w = 1 over the tasks present. Lin et al., "Reasonable Effectiveness of Random Weighting", TMLR 2022.
 */
export function rlw(): Balancer<RlwState> {
  return {
    name: 'rlw',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      return { taskCount };
    },
    weigh({ present }, state, key) {
      requirePerTask('present', present, state.taskCount);
      const tasks = presentTasks(present);
      const weights = tasks.length > 0 ? softmax([...normal(key, tasks.length)]) : [];
      return { weights: spread(weights, tasks, present.length), state, status: statusOf(present) };
    },
  };
}
