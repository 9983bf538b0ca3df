import { type AdamMoments, adamStep, noMoments } from '../adam.ts';
import type { Balancer } from '../balancer.ts';
import { requireFinite } from '../finite.ts';
import { because, weighPresent } from '../gramian-weighting.ts';
import { requirePerTask, requirePositive, requireTaskCount } from '../require.ts';
import { softmax } from '../softmax.ts';
import { norms, sum } from '../solvers/matrix.ts';
import { named } from '../tasks.ts';

export type TaskGradnorm = AdamMoments & {
  readonly logit: number;
  /** The task's first positive loss; null before it. */
  readonly initialLoss: number | null;
};

export type GradnormState = readonly TaskGradnorm[];

export type GradnormOptions = {
  /** How strongly slow tasks are pulled along. */
  readonly alpha?: number;
  readonly learningRate?: number;
};

/**
 * Gradient normalisation: weights are learned so that all weighted gradients have similar norms, larger ones where a task is slow.
 *
 *   w = K softmax(s),   nₖ = ‖wₖ gₖ‖,   rₖ = (Lₖ/Lₖ⁰) / mean,   min_s Σₖ |nₖ − n̄ rₖ^α|   with the targets n̄ rₖ^α held fixed
 *
 * The weights of a step follow from s; then s moves by one step of Adam, its gradient divided by n̄. Σ w = K over the tasks present.
 * Norms are taken where the Gramian is: on the last shared layer in the paper. A loss that is not positive gives
 * no rate; then rₖ = 1 and the status says so.
 *
 * @param alpha ≥ 0; 1.5 by default
 * @param learningRate of s, > 0; 0.025 by default
 *
 * Throws a RangeError for other arguments. Chen et al., "GradNorm", ICML 2018.
 */
export function gradnorm({ alpha = 1.5, learningRate = 0.025 }: GradnormOptions = {}): Balancer<GradnormState> {
  if (!(alpha >= 0 && Number.isFinite(alpha))) throw new RangeError(`expected alpha ≥ 0. Found ${alpha}.`);
  requirePositive({ learningRate });
  return {
    name: 'gradnorm',
    needs: 'gramian',
    knownBefore: false,
    init(taskCount) {
      requireTaskCount(taskCount);
      return Array.from({ length: taskCount }, () => ({ logit: 0, initialLoss: null, ...noMoments }));
    },
    weigh(statistics, state, key) {
      requirePerTask('present', statistics.present, state.length);
      return weighPresent(statistics, state, key, ({ gramian, losses, tasks }) => {
        const own = tasks.map((task, i) => {
          requireFinite(losses[i]!, 'loss', task);
          return { ...state[task]!, initialLoss: state[task]!.initialLoss ?? (losses[i]! > 0 ? losses[i]! : null) };
        });
        const count = tasks.length;
        const weights = softmax(own.map(({ logit }) => logit)).map((share) => count * share);
        const lengths = norms(gramian).map((norm, i) => norm * weights[i]!);
        const mean = sum(lengths) / count;

        const ratios = own.map(({ initialLoss }, i) => (initialLoss === null ? 0 : losses[i]! / initialLoss));
        const rated = ratios.map((ratio) => ratio > 0 && Number.isFinite(ratio));
        const average = sum(ratios.filter((_, i) => rated[i])) / rated.filter(Boolean).length;
        const rates = ratios.map((ratio, i) => (rated[i] ? ratio / average : 1));

        // ∂/∂wₖ = ‖gₖ‖ sign, and through the softmax ∂/∂sₖ = wₖ (∂/∂wₖ − mean of w ∂/∂w).
        const pulls = lengths.map((length, i) => length * Math.sign(length - mean * rates[i]! ** alpha));
        const common = sum(pulls) / count;
        const after = [...state];
        tasks.forEach((task, i) => {
          const gradient = (pulls[i]! - weights[i]! * common) / mean;
          const { change, moments } = adamStep(own[i]!, gradient, learningRate);
          after[task] = { ...own[i]!, logit: own[i]!.logit + change, ...moments };
        });
        const unrated = tasks.filter((_, i) => !rated[i]);
        const reason = unrated.length > 0 ? `the loss of ${named(unrated)} is not positive` : undefined;
        return { weights, state: after, ...because(reason) };
      });
    },
  };
}
