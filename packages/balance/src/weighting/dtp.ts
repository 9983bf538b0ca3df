import type { Balancer } from '../balancer.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { statusOf } from '../status.ts';

export type DtpState = {
  /** The running mean of each task's score; null before its first. */
  readonly scores: readonly (number | null)[];
};

export type DtpOptions = {
  readonly focus?: number;
  readonly smoothing?: number;
};

/** Scores are held this far from 0 and 1, where the weight would be infinite or nothing. */
const margin = 1e-3;

/**
 * Dynamic task prioritization: tasks that do worse on the validation part weigh more.
 *
 *   wₖ ∝ −(1 − κ̄ₖ)^γ log κ̄ₖ,   κ̄ₖ ← s κₖ + (1 − s) κ̄ₖ,   Σ w = K
 *
 * κₖ in [0, 1], higher is better, is what an evaluation brings (`judged`); a task without a score yet weighs as the others do on average, and
 * before the first evaluation all weigh 1. Scores are kept within 0.001 and 0.999.
 *
 * @param focus γ ≥ 0; 1 by default, 0 leaves the logarithm alone
 * @param smoothing s, above 0 to 1; 0.5 by default
 *
 * Throws a RangeError for other arguments, and from `judged` for scores outside of [0, 1]. Guo, Haque, Huang, Yeung & Fei-Fei, "Dynamic
 * Task Prioritization for Multitask Learning", ECCV 2018.
 */
export function dtp({ focus = 1, smoothing = 0.5 }: DtpOptions = {}): Balancer<DtpState> {
  if (!(focus >= 0 && Number.isFinite(focus))) throw new RangeError(`expected focus ≥ 0. Found ${focus}.`);
  if (!(smoothing > 0 && smoothing <= 1))
    throw new RangeError(`expected smoothing above 0, at most 1. Found ${smoothing}.`);
  return {
    name: 'dtp',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      return { scores: new Array<null>(taskCount).fill(null) };
    },
    weigh({ present }, state) {
      requirePerTask('present', present, state.scores.length);
      const raw = state.scores.map((score) => (score === null ? null : urgency(score, focus)));
      const known = raw.filter((weight) => weight !== null);
      const usual = known.reduce((sum, weight) => sum + weight, 0) / known.length;
      const weights = raw.map((weight, task) => (present[task] ? (weight === null ? 1 : weight / usual) : 0));
      return { weights, state, status: statusOf(present) };
    },
    judged(found, state) {
      requirePerTask('scores', found, state.scores.length);
      const scores = state.scores.map((before, task) => {
        const now = found[task] ?? null;
        if (now === null) return before;
        if (!(now >= 0 && now <= 1))
          throw new RangeError(`expected scores within 0 and 1. Found ${now} of task ${task}.`);
        return before === null ? now : smoothing * now + (1 - smoothing) * before;
      });
      return { scores };
    },
  };
}

function urgency(score: number, focus: number): number {
  const kept = Math.min(1 - margin, Math.max(margin, score));
  return -((1 - kept) ** focus) * Math.log(kept);
}
