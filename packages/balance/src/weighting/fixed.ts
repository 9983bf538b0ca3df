import type { Balancer } from '../balancer.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';

export type FixedState = { readonly taskCount: number };

/**
 * Weights chosen beforehand, in task order; tuned ones are a strong baseline.
 *
 *   wₖ = cₖ
 *
 * @param weights finite, at least 0, one of them positive; not normalised
 *
 * Throws a RangeError for other weights, and from `init` when their number is not that of the tasks.
 */
export function fixed({ weights }: { readonly weights: readonly number[] }): Balancer<FixedState> {
  const wrong = weights.find((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (wrong !== undefined) throw new RangeError(`expected finite weights of at least 0. Found ${wrong}.`);
  if (!weights.some((weight) => weight > 0)) throw new RangeError('expected at least one positive weight. Found none.');
  const chosen = [...weights];
  return {
    name: 'fixed',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      requirePerTask('weights', chosen, taskCount);
      return { taskCount };
    },
    weigh({ present }, state) {
      requirePerTask('present', present, state.taskCount);
      return { weights: chosen.map((weight, task) => (present[task] ? weight : 0)), state, status: statusOf(present) };
    },
  };
}
