import { type AdamMoments, adamStep, noMoments } from '../adam.ts';
import type { Balancer } from '../balancer.ts';
import { requirePerTask, requirePositive, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';

/** What a task's loss is: a squared error, or a cross-entropy. */
export type LossKind = 'regression' | 'classification';

/** One task's log-variance and the moments of its own Adam. */
export type TaskUncertainty = AdamMoments & { readonly logVariance: number };

export type UncertaintyState = readonly TaskUncertainty[];

export type UncertaintyOptions = {
  /** One for all tasks, or one per task in task order. */
  readonly kinds?: LossKind | readonly LossKind[];
  readonly learningRate?: number;
  /** sₖ before the first step. */
  readonly initial?: number;
  /** |sₖ| never exceeds it. */
  readonly bound?: number;
};

const factors = { regression: 0.5, classification: 1 } as const;

/**
 * Weights learned from the noise of each task: a task whose loss stays high is trusted less.
 *
 *   total = Σₖ cₖ exp(−sₖ) Lₖ + ½ sₖ,   wₖ = cₖ exp(−sₖ),   ∂total/∂sₖ = ½ − wₖ Lₖ
 *
 * sₖ = log σₖ² is the log-variance; cₖ is ½ for a squared error and 1 for a cross-entropy. At its optimum wₖ = 1/(2Lₖ).
 * The weights of a step follow from sₖ alone; `observe` then moves sₖ by one step of Adam, in float64 and with a learning rate
 * of its own, for the tasks present. A loss that is not finite moves nothing. A loss at or below 0 drives sₖ to −`bound`,
 * where the status becomes degenerate.
 *
 * @param kinds `'regression'` by default, as most implementations treat every task
 * @param learningRate of sₖ, > 0; 0.01 by default, so that a weight needs about 100 steps to change by a factor e
 * @param initial sₖ at the start; 0 by default
 * @param bound > 0 and at least |initial|; 10 by default, which holds exp(−sₖ) within 2 · 10^±4
 *
 * Throws a RangeError for other arguments, and from `init` when `kinds` is a list for another number of tasks.
 * Kendall, Gal & Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses", CVPR 2018; Adam: Kingma & Ba, ICLR 2015.
 */
export function uncertainty({
  kinds = 'regression',
  learningRate = 0.01,
  initial = 0,
  bound = 10,
}: UncertaintyOptions = {}): Balancer<UncertaintyState> {
  requirePositive({ learningRate, bound });
  if (!(Math.abs(initial) <= bound)) throw new RangeError(`expected |initial| ≤ ${bound}. Found ${initial}.`);
  const list = typeof kinds === 'string' ? [kinds] : [...kinds];
  const unknown = list.find((kind) => !Object.hasOwn(factors, kind));
  if (unknown !== undefined) {
    throw new RangeError(`expected kinds "regression" or "classification". Found ${JSON.stringify(unknown)}.`);
  }
  const weightOf = (task: number, { logVariance }: TaskUncertainty) =>
    factors[typeof kinds === 'string' ? kinds : list[task]!] * Math.exp(-logVariance);

  return {
    name: 'uncertainty',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      if (typeof kinds !== 'string') requirePerTask('kinds', list, taskCount);
      return Array.from({ length: taskCount }, () => ({
        logVariance: initial,
        ...noMoments,
      }));
    },
    weigh({ present }, state) {
      requirePerTask('present', present, state.length);
      const atBound = state.flatMap(({ logVariance, updates }, task) =>
        present[task] && updates > 0 && Math.abs(logVariance) >= bound ? [task] : [],
      );
      const reason = atBound.length > 0 ? `the log-variance of task ${atBound.join(', ')} is at its bound` : undefined;
      const weights = state.map((task, index) => (present[index] ? weightOf(index, task) : 0));
      return { weights, state, status: statusOf(present, reason) };
    },
    observe(losses, state, present) {
      requirePerTask('present', present, state.length);
      requirePerTask('losses', losses, state.length);
      return state.map((task, index) => {
        const loss = losses[index]!;
        if (!present[index] || !Number.isFinite(loss)) return task;
        const { change, moments } = adamStep(task, 0.5 - weightOf(index, task) * loss, learningRate);
        return { logVariance: Math.min(bound, Math.max(-bound, task.logVariance + change)), ...moments };
      });
    },
  };
}
