import type { Balancer } from '../balancer.ts';
import { type Aggregated, type AggregationState, gramianWeighting, stationaryReason } from '../gramian-weighting.ts';
import { type Preference, requirePreference } from '../preference.ts';
import { projectOnDualCone } from '../solvers/dual-cone.ts';
import { dot, epsilon, type Matrix, magnitude, times } from '../solvers/matrix.ts';
import { minNorm, nearestOnHull, sharedByEqual, steepestOnHull } from '../solvers/min-norm.ts';
import { minimiseOnSimplex } from '../solvers/simplex.ts';

export type CagradOptions = {
  /** The radius of the ball around the mean gradient, relative to its length. */
  readonly c?: number;
  /** Divides the direction by nothing, by 1 + c², or by 1 + c. */
  readonly rescale?: 'none' | 'squared' | 'linear';
  readonly preference?: Preference;
};

/**
 * The direction near the mean gradient that improves the worst task most.
 *
 *   max_d minₖ gₖ · d  with  ‖d − g₀‖ ≤ c ‖g₀‖;   its dual:  min_{w ∈ Δ} g_w · g₀ + c ‖g₀‖ ‖g_w‖
 *   d = g₀ + c ‖g₀‖ g_w / ‖g_w‖,   g₀ = Jᵀp,   g_w = Jᵀw
 *
 * c = 0 is the mean; c → ∞ has the direction of `mgda`; from c = 1 on no task is harmed. The weights are those of d, so their sum is not
 * 1. The dual is solved exactly: on a face of the simplex its minimum has a closed form, and an active set finds the face. At
 * Pareto-stationary points no direction improves all tasks. With c ≥ 1 the weights are then those of `mgda`, whose direction vanishes, and the
 * status says so; with c < 1 the ball does not hold 0, and d goes on towards the minimum of the mean loss. Where g_w = 0 solves the dual, many d
 * are as good, and d is that of `dualProj`, the nearest to g₀.
 *
 * @param c ≥ 0; 0.5 by default
 * @param rescale `'none'` by default
 * @param preference p, 1/K each by default
 *
 * Throws a RangeError for other arguments. Liu et al., "Conflict-Averse Gradient Descent for Multi-task Learning", NeurIPS 2021.
 */
export function cagrad({ c = 0.5, rescale = 'none', preference }: CagradOptions = {}): Balancer<AggregationState> {
  if (!(c >= 0 && Number.isFinite(c))) throw new RangeError(`expected c ≥ 0. Found ${c}.`);
  if (!Object.hasOwn(divisors, rescale)) {
    throw new RangeError(`expected rescale "none", "squared" or "linear". Found ${JSON.stringify(rescale)}.`);
  }
  const aggregate = (gramian: Matrix, mean: readonly number[]): Aggregated => {
    const nearest = minNorm(gramian);
    if (nearest.stationary && c >= 1) return { ...nearest, reason: stationaryReason };
    const radius = c * Math.sqrt(Math.max(0, dot(mean, times(gramian, mean))));
    if (radius === 0) return { weights: mean };
    const start = nearest.stationary ? awayFromZero(gramian, mean, radius) : bestCorner(gramian, mean, radius);
    const shortened = (weights: readonly number[]) => weights.map((weight) => weight / divisors[rescale](c));
    if ('solved' in start) return { ...start.solved, weights: shortened(start.solved.weights) };
    const dual = solveDual(gramian, mean, radius, start.weights);
    const w = sharedByEqual(gramian, dual.weights);
    const slope = radius / Math.sqrt(dot(w, times(gramian, w)));
    const weights = shortened(mean.map((value, i) => value + slope * w[i]!));
    return { weights, iterations: dual.iterations + nearest.iterations, residual: residualOf(gramian, mean, slope, w) };
  };
  return gramianWeighting(
    'cagrad',
    ({ gramian, preference }) => aggregate(gramian, preference),
    requirePreference(preference),
  );
}

const divisors = { none: () => 1, squared: (c: number) => 1 + c * c, linear: (c: number) => 1 + c } as const;

type Start = { readonly weights: readonly number[] } | { readonly solved: Aggregated };

/** The corner of the simplex where the dual is lowest. */
function bestCorner(gramian: Matrix, mean: readonly number[], radius: number): Start {
  const values = times(gramian, mean).map((value, i) => value + radius * Math.sqrt(gramian[i]![i]!));
  const best = values.indexOf(Math.min(...values));
  return { weights: values.map((_, i) => (i === best ? 1 : 0)) };
}

/**
 * Where 0 is in the hull of the gradients: weights at which the dual is below 0, so that the way down never meets g_w = 0; or the solution.
 *
 * The mean is its projection on {d : J d ≥ 0} less Jᵀz, z ≥ 0. If that projection is in the ball, none is better; else w = z / Σ z.
 */
function awayFromZero(gramian: Matrix, mean: readonly number[], radius: number): Start {
  const { weights, iterations, residual } = projectOnDualCone(gramian, mean);
  const z = weights.map((weight, i) => weight - mean[i]!);
  if (dot(z, times(gramian, z)) <= radius * radius) return { solved: { weights, iterations, residual } };
  const total = z.reduce((sum, value) => sum + value, 0);
  return { weights: z.map((value) => value / total) };
}

/** min over the simplex of h · w + r ‖Jᵀw‖, h = G p, from weights where Jᵀw ≠ 0. */
function solveDual(gramian: Matrix, mean: readonly number[], radius: number, start: readonly number[]) {
  const h = times(gramian, mean);
  const minimum = (face: readonly number[]) => {
    const nearest = nearestOnHull(gramian, face);
    const steepest = steepestOnHull(gramian, face, h)?.map((value) => value / radius);
    if (!nearest || !steepest) return null;
    const full = (values: readonly number[]) => gramian.map((_, i) => values[face.indexOf(i)] ?? 0);
    const square = (values: readonly number[]) => Math.max(0, dot(full(values), times(gramian, full(values))));
    // On the hull g_w = x₀ + λ z with x₀ ⟂ z, and ‖g_w‖ = λ at the minimum.
    const rest = 1 - square(steepest);
    if (rest <= 0) return { direction: steepest };
    const length = Math.sqrt(square(nearest) / rest);
    return { point: nearest.map((value, i) => value + length * steepest[i]!) };
  };
  const gains = (w: readonly number[]) => {
    const slope = radius / Math.sqrt(dot(w, times(gramian, w)));
    const { slopes, sizes } = derivative(gramian, mean, slope, w);
    const [average, size] = [dot(w, slopes), dot(w, sizes)];
    return slopes.map((value, i) => (average - value) / (256 * epsilon * (sizes[i]! + size)));
  };
  return minimiseOnSimplex({ minimum, gains }, start);
}

/** gₖ · d for each task, and the sizes of its terms. */
function derivative(gramian: Matrix, mean: readonly number[], slope: number, w: readonly number[]) {
  const v = mean.map((value, i) => value + slope * w[i]!);
  return { slopes: times(gramian, v), sizes: gramian.map((row) => magnitude(row, v)) };
}

/** How much a task outside the face gains less than the face does, relative to the terms. */
function residualOf(gramian: Matrix, mean: readonly number[], slope: number, w: readonly number[]): number {
  const { slopes, sizes } = derivative(gramian, mean, slope, w);
  const average = dot(w, slopes);
  return Math.max(0, ...slopes.map((value, i) => (average - value) / (sizes[i]! + dot(w, sizes))));
}
