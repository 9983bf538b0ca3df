import type { Balancer } from '../balancer.ts';
import { because, weighPresent } from '../gramian-weighting.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { norms } from '../solvers/matrix.ts';
import { named } from '../tasks.ts';

export type TaskMagnitude = {
  /** Σ (1 − β) β^(age) ‖gₖ‖ over the steps of the task. */
  readonly average: number;
  readonly updates: number;
};

export type MetabalanceState = readonly TaskMagnitude[];

export type MetabalanceOptions = {
  /** The number of the task that the others are there to help. */
  readonly target?: number;
  /** How close the magnitudes come: 0 leaves them, 1 makes them equal. */
  readonly relax?: number;
  readonly beta?: number;
  /** Which auxiliary gradients are changed: those larger than the target's, the smaller ones, or both. */
  readonly change?: 'larger' | 'smaller' | 'both';
};

/**
 * Auxiliary tasks are given gradients of about the magnitude of the target task's.
 *
 *   mₖ ← β mₖ + (1 − β) ‖gₖ‖,   w_target = 1,   wₖ = r m_target/mₖ + (1 − r)
 *
 * Averages are corrected for their start at 0. Weights are those of the whole Gramian, where the paper has one for each parameter tensor.
 * While the target has not been seen, or a magnitude is 0, weights are 1 and the status says so.
 *
 * @param target 0 by default
 * @param relax r in [0, 1]; 0.7 by default
 * @param beta 0 ≤ β < 1; 0.9 by default
 * @param change `'both'` by default
 *
 * Throws a RangeError for other arguments, and from `init` when there is no task `target`. He et al., "MetaBalance", WWW 2022.
 */
export function metabalance({
  target = 0,
  relax = 0.7,
  beta = 0.9,
  change = 'both',
}: MetabalanceOptions = {}): Balancer<MetabalanceState> {
  if (!(Number.isSafeInteger(target) && target >= 0)) throw new RangeError(`expected target ≥ 0. Found ${target}.`);
  if (!(relax >= 0 && relax <= 1)) throw new RangeError(`expected 0 ≤ relax ≤ 1. Found ${relax}.`);
  if (!(beta >= 0 && beta < 1)) throw new RangeError(`expected 0 ≤ beta < 1. Found ${beta}.`);
  if (!Object.hasOwn(changes, change)) {
    throw new RangeError(`expected change "larger", "smaller" or "both". Found ${JSON.stringify(change)}.`);
  }
  const magnitudeOf = ({ average, updates }: TaskMagnitude) => (updates === 0 ? 0 : average / (1 - beta ** updates));
  return {
    name: 'metabalance',
    needs: 'gramian',
    knownBefore: false,
    init(taskCount) {
      requireTaskCount(taskCount);
      if (target >= taskCount) throw new RangeError(`expected target < ${taskCount}. Found ${target}.`);
      return Array.from({ length: taskCount }, () => ({ average: 0, updates: 0 }));
    },
    weigh(statistics, state, key) {
      requirePerTask('present', statistics.present, state.length);
      return weighPresent(statistics, state, key, ({ gramian, tasks }) => {
        const after = [...state];
        const lengths = norms(gramian);
        tasks.forEach((task, i) => {
          const { average, updates } = state[task]!;
          after[task] = { average: beta * average + (1 - beta) * lengths[i]!, updates: updates + 1 };
        });
        const wanted = magnitudeOf(after[target]!);
        const unknown = tasks.filter((task) => magnitudeOf(after[task]!) === 0);
        const weights = tasks.map((task) => {
          const own = magnitudeOf(after[task]!);
          if (task === target || wanted === 0 || own === 0 || !changes[change](own, wanted)) return 1;
          return (relax * wanted) / own + (1 - relax);
        });
        const reason =
          wanted === 0
            ? `the target, task ${target}, has no gradient yet`
            : unknown.length > 0
              ? `the gradient of ${named(unknown)} is zero`
              : undefined;
        return { weights, state: after, ...because(reason) };
      });
    },
  };
}

const changes = {
  larger: (own: number, wanted: number) => own > wanted,
  smaller: (own: number, wanted: number) => own < wanted,
  both: () => true,
} as const;
