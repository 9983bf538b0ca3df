import { solvePositive } from './cholesky.ts';
import { dot, epsilon, type Matrix, magnitude, times } from './matrix.ts';
import { minimiseOnSimplex } from './simplex.ts';

export type MinNorm = {
  readonly weights: readonly number[];
  /** wᵀG w. */
  readonly squaredNorm: number;
  /** Whether 0 is in the convex hull, to rounding: no direction improves every task. */
  readonly stationary: boolean;
  readonly iterations: number;
  readonly residual: number;
};

/** The weights of the shortest convex combination of the gradients: min wᵀG w, w ≥ 0, Σ w = 1. */
export function minNorm(gramian: Matrix): MinNorm {
  const found = minimiseOnSimplex(
    {
      minimum: (face) => {
        const point = nearestOnHull(gramian, face);
        return point && { point };
      },
      gains: (weights) => shortfalls(gramian, weights).map((value) => value / (64 * epsilon)),
    },
    corner(gramian),
  );
  const { iterations, converged } = found;
  const weights = sharedByEqual(gramian, found.weights);
  const squaredNorm = Math.max(0, dot(weights, times(gramian, weights)));
  return {
    weights,
    squaredNorm,
    stationary: cancels(gramian, weights),
    iterations,
    residual: converged ? Math.max(0, ...shortfalls(gramian, weights)) : 1,
  };
}

/** How much less than ‖d‖² each gₖ · d is, relative to the terms of both, so that long gradients do not hide what short ones lack. */
export function shortfalls(gramian: Matrix, weights: readonly number[]): number[] {
  const products = times(gramian, weights);
  const squared = dot(weights, products);
  const sizes = gramian.map((row) => magnitude(row, weights));
  const average = dot(weights, sizes);
  return products.map((product, i) => (squared === product ? 0 : (squared - product) / (sizes[i]! + average)));
}

/** Whether Σ wᵢ gᵢ is zero to rounding: ‖Jᵀw‖ ≤ 10⁻⁷ Σ |wᵢ| ‖gᵢ‖, what a Gramian in float64 can tell from 0. */
export function cancels(gramian: Matrix, weights: readonly number[]): boolean {
  const lengths = gramian.reduce((total, row, i) => total + Math.abs(weights[i]!) * Math.sqrt(row[i]!), 0);
  return dot(weights, times(gramian, weights)) <= 1e-14 * lengths * lengths;
}

/** The same direction, with equal weights for equal gradients. */
export function sharedByEqual(gramian: Matrix, weights: readonly number[]): number[] {
  return weights.map((_, i) => {
    const row = gramian[i]!;
    const equals = weights.filter((_, j) => row[j] === row[i] && gramian[j]!.every((value, k) => value === row[k]));
    return equals.reduce((total, weight) => total + weight, 0) / equals.length;
  });
}

/** The shortest gradient alone. */
function corner(gramian: Matrix): number[] {
  const shortest = gramian.reduce((best, row, i) => (row[i]! < gramian[best]![best]! ? i : best), 0);
  return gramian.map((_, i) => (i === shortest ? 1 : 0));
}

/** The weights, Σ = 1 of any sign, of the point nearest to 0 in the affine hull of some gradients; null if they are dependent. */
export function nearestOnHull(gramian: Matrix, face: readonly number[]): number[] | null {
  const { pivot, others, matrix } = differences(gramian, face);
  const right = others.map((i) => gramian[pivot]![pivot]! - gramian[pivot]![i]!);
  return onHull(face, pivot, others, solvePositive(matrix, right), 1);
}

/** The changes of weights, Σ = 0, that lower qᵀh + ½ qᵀG q most; null if the gradients of the face are dependent. */
export function steepestOnHull(gramian: Matrix, face: readonly number[], h: readonly number[]): number[] | null {
  const { pivot, others, matrix } = differences(gramian, face);
  const right = others.map((i) => h[pivot]! - h[i]!);
  return onHull(face, pivot, others, solvePositive(matrix, right), 0);
}

/** The Gramian of gᵢ − gₚ, p being the shortest of the face: no precision is lost where lengths differ much. */
function differences(gramian: Matrix, face: readonly number[]) {
  const pivot = face.reduce((best, i) => (gramian[i]![i]! < gramian[best]![best]! ? i : best), face[0]!);
  const others = face.filter((i) => i !== pivot);
  const base = gramian[pivot]!;
  const matrix = others.map((i) => others.map((j) => gramian[i]![j]! - base[i]! - base[j]! + base[pivot]!));
  return { pivot, others, matrix };
}

function onHull(
  face: readonly number[],
  pivot: number,
  others: readonly number[],
  found: readonly number[] | null,
  total: number,
) {
  if (!found) return null;
  const rest = found.reduce((left, weight) => left - weight, total);
  return face.map((i) => (i === pivot ? rest : found[others.indexOf(i)]!));
}
