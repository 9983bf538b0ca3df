import { type AdamMoments, adamStep, noMoments } from '../adam.ts';
import type { Balancer } from '../balancer.ts';
import { requirePerTask, requirePositive, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';
import { named, presentTasks } from '../tasks.ts';

export type TaskScale = AdamMoments & { readonly logScale: number };

export type ImtlLState = readonly TaskScale[];

export type ImtlLOptions = {
  readonly learningRate?: number;
  /** sₖ before the first step. */
  readonly initial?: number;
  /** |sₖ| never exceeds it. */
  readonly bound?: number;
};

/**
 * Impartial losses: each loss is scaled by a learned factor until all scaled losses are 1.
 *
 *   total = Σₖ exp(sₖ) Lₖ − sₖ,   wₖ = exp(sₖ),   ∂total/∂sₖ = wₖ Lₖ − 1
 *
 * The weights of a step follow from s alone; `observe` then moves sₖ by one step of Adam for the tasks present. Twice the objective of
 * `uncertainty` at −s. A loss that is not finite moves nothing; one at or below 0 drives sₖ to `bound`, and the status says so.
 *
 * @param learningRate of sₖ, > 0; 0.01 by default
 * @param initial 0 by default
 * @param bound > 0 and at least |initial|; 10 by default
 *
 * Throws a RangeError for other arguments. Liu et al., "Towards Impartial Multi-task Learning", ICLR 2021.
 */
export function imtlL({ learningRate = 0.01, initial = 0, bound = 10 }: ImtlLOptions = {}): Balancer<ImtlLState> {
  requirePositive({ learningRate, bound });
  if (!(Math.abs(initial) <= bound)) throw new RangeError(`expected |initial| ≤ ${bound}. Found ${initial}.`);
  return {
    name: 'imtlL',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      return Array.from({ length: taskCount }, () => ({ logScale: initial, ...noMoments }));
    },
    weigh({ present }, state) {
      requirePerTask('present', present, state.length);
      const atBound = presentTasks(present).filter((task) => {
        const { logScale, updates } = state[task]!;
        return updates > 0 && Math.abs(logScale) >= bound;
      });
      const reason = atBound.length > 0 ? `the scale of ${named(atBound)} is at its bound` : undefined;
      const weights = state.map(({ logScale }, task) => (present[task] ? Math.exp(logScale) : 0));
      return { weights, state, status: statusOf(present, reason) };
    },
    observe(losses, state, present) {
      requirePerTask('present', present, state.length);
      requirePerTask('losses', losses, state.length);
      return state.map((task, index) => {
        const loss = losses[index]!;
        if (!present[index] || !Number.isFinite(loss)) return task;
        const { change, moments } = adamStep(task, Math.exp(task.logScale) * loss - 1, learningRate);
        return { logScale: Math.min(bound, Math.max(-bound, task.logScale + change)), ...moments };
      });
    },
  };
}
