import { dot, epsilon, type Matrix } from './matrix.ts';

/** A = Σₖ λₖ vₖ vₖᵀ with λ₁ ≥ λ₂ ≥ …, and the unit vectors vₖ as rows. */
export type Eigen = { readonly values: readonly number[]; readonly vectors: Matrix };

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations.
 *
 * Small eigenvalues of positive matrices whose rows differ in scale keep their relative accuracy.
 * Jacobi 1846; Demmel & Veselić, "Jacobi's Method is More Accurate than QR", SIAM J. Matrix Anal. Appl. 1992.
 */
export function symmetricEigen(matrix: Matrix): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = matrix.map((_, i) => matrix.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0, rotated = true; rotated && sweep < 40; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const away = a[p]![q]!;
        if (away === 0 || Math.abs(away) <= epsilon * Math.sqrt(Math.abs(a[p]![p]! * a[q]![q]!))) continue;
        rotated = true;
        rotate(a, v, p, q);
      }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}

/** Makes a[p][q] zero by a rotation of the coordinates p and q; `v` gathers the rotations in its rows. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(1, theta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = tangent * cosine;
  const shift = tangent * a[p]![q]!;
  a[p]![p]! -= shift;
  a[q]![q]! += shift;
  a[p]![q] = 0;
  a[q]![p] = 0;
  for (let k = 0; k < a.length; k++) {
    if (k !== p && k !== q) {
      const [left, right] = [a[k]![p]!, a[k]![q]!];
      a[k]![p] = cosine * left - sine * right;
      a[p]![k] = a[k]![p]!;
      a[k]![q] = sine * left + cosine * right;
      a[q]![k] = a[k]![q]!;
    }
    const [first, second] = [v[p]![k]!, v[q]![k]!];
    v[p]![k] = cosine * first - sine * second;
    v[q]![k] = sine * first + cosine * second;
  }
}

/** The eigenvalues above K ε λ₁: those that are not zero to rounding. */
export function rankOf({ values }: Eigen): number {
  const least = values.length * epsilon * Math.max(values[0] ?? 0, 0);
  return values.filter((value) => value > least).length;
}

/** A⁺ b = Σ (vₖ · b) / λₖ vₖ over the eigenvalues that are not zero. */
export function pseudoSolve(eigen: Eigen, right: readonly number[]): number[] {
  const x = right.map(() => 0);
  for (let k = 0; k < rankOf(eigen); k++) {
    const vector = eigen.vectors[k]!;
    const part = dot(vector, right) / eigen.values[k]!;
    for (let i = 0; i < x.length; i++) x[i]! += part * vector[i]!;
  }
  return x;
}
