import type { Balancer } from '../balancer.ts';
import { requireFinite } from '../finite.ts';
import { type AggregationState, type Company, gramianWeighting } from '../gramian-weighting.ts';
import { norms } from '../solvers/matrix.ts';
import { minNorm } from '../solvers/min-norm.ts';

export type MgdaOptions = {
  /** What each gradient is divided by while the weights are sought: nothing, ‖gₖ‖, Lₖ, or both. */
  readonly normalise?: 'none' | 'l2' | 'loss' | 'loss+';
};

/**
 * The shortest vector among the weighted means of the gradients: it improves every task equally, or there is none to improve all.
 *
 *   min wᵀG w,   w ≥ 0, Σₖ wₖ = 1
 *
 * The minimum is exact, by an active set, not approximated by Frank–Wolfe steps. Σ w = 1. The shortest gradients get most of the
 * weight; where one is zero, so is the direction, and the status says so.
 *
 * @param normalise `'none'` by default; with another, gₖ/sₖ is what is made short, and the weights found apply to Lₖ as it is
 *
 * Throws a RangeError for another `normalise`. Désidéri, "Multiple-gradient descent algorithm (MGDA)", C. R. Acad. Sci. 2012;
 * Sener & Koltun, "Multi-Task Learning as Multi-Objective Optimization", NeurIPS 2018.
 */
export function mgda({ normalise = 'none' }: MgdaOptions = {}): Balancer<AggregationState> {
  if (!Object.hasOwn(scales, normalise)) {
    throw new RangeError(`expected normalise "none", "l2", "loss" or "loss+". Found ${JSON.stringify(normalise)}.`);
  }
  return gramianWeighting('mgda', (company) => {
    const scale = scales[normalise](company).map((value) => (Math.abs(value) > 0 ? value : 1));
    const { weights, iterations, residual } = minNorm(
      company.gramian.map((row, i) => row.map((value, j) => value / scale[i]! / scale[j]!)),
    );
    return { weights, iterations, residual };
  });
}

function lossesOf({ losses, tasks }: Company): number[] {
  losses.forEach((loss, i) => {
    requireFinite(loss, 'loss', tasks[i]!);
  });
  return [...losses];
}

const scales: Record<NonNullable<MgdaOptions['normalise']>, (company: Company) => number[]> = {
  none: ({ tasks }) => tasks.map(() => 1),
  l2: ({ gramian }) => norms(gramian),
  loss: lossesOf,
  'loss+': (company) => lossesOf(company).map((loss, i) => loss * norms(company.gramian)[i]!),
};
