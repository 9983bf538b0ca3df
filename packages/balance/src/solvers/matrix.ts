/** A square matrix as a list of rows. */
export type Matrix = readonly (readonly number[])[];

/** Double precision's unit in the last place of 1. */
export const epsilon = 2 ** -52;

/** Σᵢ aᵢ bᵢ. */
export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** A x. */
export function times(matrix: Matrix, x: readonly number[]): number[] {
  return matrix.map((row) => dot(row, x));
}

/** Σₖ |aₖ xₖ|: what rounding errors of a · x are relative to. */
export function magnitude(a: readonly number[], x: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! * x[i]!);
  return sum;
}

/** The rows and columns `picked` of a matrix. */
export function submatrix(matrix: Matrix, picked: readonly number[]): number[][] {
  return picked.map((i) => picked.map((j) => matrix[i]![j]!));
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** ‖gᵢ‖ of each gradient. */
export function norms(gramian: Matrix): number[] {
  return gramian.map((row, i) => Math.sqrt(row[i]!));
}

/** cos(gᵢ, gⱼ) of gradients that are not zero: the Gramian of the unit vectors. */
export function cosines(gramian: Matrix): number[][] {
  const lengths = norms(gramian);
  return gramian.map((row, i) =>
    row.map((value, j) => (i === j ? 1 : Math.min(1, Math.max(-1, value / lengths[i]! / lengths[j]!)))),
  );
}
