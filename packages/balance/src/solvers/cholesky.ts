import { epsilon, type Matrix } from './matrix.ts';

/**
 * x with A x = b for a symmetric positive definite A, by A = L Lᵀ; null where A is singular to rounding.
 *
 * A pivot counts as zero below 16 K ε of its own diagonal entry, so that scaling rows and columns changes nothing.
 */
export function solvePositive(matrix: Matrix, right: readonly number[]): number[] | null {
  const n = matrix.length;
  const factor: number[][] = [];
  const x: number[] = [];
  for (let i = 0; i < n; i++) {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : factor[j]!;
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!;
      if (j < i) row.push(rest / other[j]!);
      else if (rest > 16 * n * epsilon * matrix[i]![i]!) row.push(Math.sqrt(rest));
      else return null;
    }
    factor.push(row);
    let value = right[i]!;
    for (let k = 0; k < i; k++) value -= row[k]! * x[k]!;
    x.push(value / row[i]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= factor[k]![i]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}
