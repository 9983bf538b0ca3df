import { type AdamMoments, adamStep, noMoments } from '../adam.ts';
import type { Balancer } from '../balancer.ts';
import { finiteLosses } from '../loss-weighting.ts';
import { requirePerTask, requirePositive, requireTaskCount } from '../require.ts';
import { softmax } from '../softmax.ts';
import { dot, sum } from '../solvers/matrix.ts';
import { statusOf } from '../status.ts';
import { named, presentTasks, spread } from '../tasks.ts';

export type TaskLogit = AdamMoments & {
  readonly logit: number;
  /** log Dₖ before the update that `observe` has not seen yet; null where there is none. */
  readonly before: number | null;
};

export type FamoState = readonly TaskLogit[];

export type FamoOptions = {
  readonly learningRate?: number;
  /** γ, the decay of the logits towards equal weights. */
  readonly decay?: number;
  /** bₖ below which no loss can fall, in task order. */
  readonly lowerBounds?: readonly number[];
};

/**
 * Fast adaptive multitask optimisation: every loss should fall by the same factor per step, without gradients of single tasks.
 *
 *   z = softmax(ξ),   Dₖ = Lₖ − bₖ + 10⁻⁸,   wₖ = c zₖ/Dₖ,   c = 1 / Σ zₖ/Dₖ
 *   after the update:  δₖ = log Dₖ − log Dₖ′,   ξ ← Adam(ξ, zₖ (δₖ − Σ z δ) + γ ξₖ)
 *
 * Σ w = 1. `observe` takes the losses Dₖ′ of the same batch after the update: one more forward pass. A loss below its bound leaves its task out
 * of the step, and the status says so.
 *
 * @param learningRate of ξ, > 0; 0.025 by default
 * @param decay γ ≥ 0; 0.001 by default; the method's main parameter
 * @param lowerBounds 0 by default
 *
 * Throws a RangeError for other arguments. Liu et al., "FAMO: Fast Adaptive Multitask Optimization", NeurIPS 2023.
 */
export function famo({ learningRate = 0.025, decay = 1e-3, lowerBounds }: FamoOptions = {}): Balancer<FamoState> {
  requirePositive({ learningRate });
  if (!(decay >= 0 && Number.isFinite(decay))) throw new RangeError(`expected decay ≥ 0. Found ${decay}.`);
  const bounds = lowerBounds && [...lowerBounds];
  const distance = (loss: number, task: number) => loss - (bounds?.[task] ?? 0) + 1e-8;
  return {
    name: 'famo',
    needs: 'losses',
    knownBefore: false,
    init(taskCount) {
      requireTaskCount(taskCount);
      if (bounds) requirePerTask('lowerBounds', bounds, taskCount);
      return Array.from({ length: taskCount }, () => ({ logit: 0, before: null, ...noMoments }));
    },
    weigh(statistics, state) {
      const { present } = statistics;
      requirePerTask('present', present, state.length);
      const here = presentTasks(present);
      if (here.length === 0) return { weights: present.map(() => 0), state, status: statusOf(present) };
      const losses = spread(finiteLosses(statistics, here), here, present.length);
      const tasks = here.filter((task) => distance(losses[task]!, task) > 0);
      const distances = tasks.map((task) => distance(losses[task]!, task));
      const shares = tasks.length > 0 ? softmax(tasks.map((task) => state[task]!.logit)) : [];
      const pulls = shares.map((share, i) => share / distances[i]!);
      const total = sum(pulls);
      const after = state.map((task, index) => (present[index] ? { ...task, before: null } : task));
      tasks.forEach((task, i) => {
        after[task] = { ...state[task]!, before: Math.log(distances[i]!) };
      });
      const below = here.filter((task) => !tasks.includes(task));
      return {
        weights: spread(
          pulls.map((pull) => pull / total),
          tasks,
          present.length,
        ),
        state: after,
        status: statusOf(present, below.length > 0 ? `the loss of ${named(below)} is below its bound` : undefined),
      };
    },
    observe(losses, state, present) {
      requirePerTask('present', present, state.length);
      requirePerTask('losses', losses, state.length);
      const tasks = presentTasks(present).filter(
        (task) => state[task]!.before !== null && Number.isFinite(losses[task]) && distance(losses[task]!, task) > 0,
      );
      const after = state.map((task, index) => (present[index] ? { ...task, before: null } : task));
      if (tasks.length === 0) return after;
      const shares = softmax(tasks.map((task) => state[task]!.logit));
      const falls = tasks.map((task) => state[task]!.before! - Math.log(distance(losses[task]!, task)));
      const average = dot(shares, falls);
      tasks.forEach((task, i) => {
        const { logit } = state[task]!;
        const gradient = shares[i]! * (falls[i]! - average) + decay * logit;
        const { change, moments } = adamStep(state[task]!, gradient, learningRate);
        after[task] = { logit: logit + change, before: null, ...moments };
      });
      return after;
    },
  };
}
