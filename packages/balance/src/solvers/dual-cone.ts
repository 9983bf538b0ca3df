import { solvePositive } from './cholesky.ts';
import { dot, epsilon, type Matrix, magnitude, submatrix, times } from './matrix.ts';

/**
 * The weights v ≥ u of the vector nearest to Jᵀu in the dual cone {d : J d ≥ 0}: min vᵀG v subject to v ≥ u.
 *
 * With v = u + z: z ≥ 0, G v ≥ 0, z · G v = 0. An active set of those zᵢ > 0 grows by the most violated row, in units of its rounding
 * error, and shrinks where a zᵢ would turn negative; `residual` is the largest violation relative to the terms of its row.
 * Lawson & Hanson, "Solving Least Squares Problems", 1974, ch. 23.
 */
export function projectOnDualCone(
  gramian: Matrix,
  u: readonly number[],
): { weights: number[]; iterations: number; residual: number } {
  const n = u.length;
  const z = u.map(() => 0);
  const added = () => u.map((value, i) => value + z[i]!);
  const right = times(gramian, u).map((value) => -value);
  let active: number[] = [];
  let iterations = 0;
  for (; iterations < 10 * n + 20; iterations++) {
    const entering = mostViolated(gramian, added(), active);
    if (entering < 0) break;
    active.push(entering);
    if (!settle(gramian, right, z, active)) break;
    if (z[entering] === 0) break;
    active = active.filter((i) => z[i]! > 0);
  }
  const weights = added();
  return { weights, iterations, residual: violation(gramian, weights, z) };
}

/** Moves z to the solution of its active rows, one row leaving at a time; false if they are dependent to rounding. */
function settle(gramian: Matrix, right: readonly number[], z: number[], active: number[]): boolean {
  let rows = active;
  while (rows.length > 0) {
    const solution = solvePositive(
      submatrix(gramian, rows),
      rows.map((i) => right[i]!),
    );
    if (!solution) return false;
    let length = 1;
    let leaving = -1;
    for (let k = 0; k < rows.length; k++) {
      const here = z[rows[k]!]!;
      if (solution[k]! > 0 || here / (here - solution[k]!) > length) continue;
      length = here === 0 ? 0 : here / (here - solution[k]!);
      leaving = rows[k]!;
    }
    rows.forEach((i, k) => {
      z[i] = i === leaving ? 0 : z[i]! + length * (solution[k]! - z[i]!);
    });
    if (leaving < 0) return true;
    rows = rows.filter((i) => i !== leaving);
  }
  return true;
}

/** The row with (G v)ᵢ < 0 by the most rounding errors, at least 64; −1 if there is none. */
function mostViolated(gramian: Matrix, v: readonly number[], active: readonly number[]): number {
  let [worst, index] = [-64 * epsilon, -1];
  for (let i = 0; i < v.length; i++) {
    if (active.includes(i)) continue;
    const relative = dot(gramian[i]!, v) / magnitude(gramian[i]!, v);
    if (relative < worst) [worst, index] = [relative, i];
  }
  return index;
}

function violation(gramian: Matrix, v: readonly number[], z: readonly number[]): number {
  let worst = 0;
  for (let i = 0; i < v.length; i++) {
    const size = magnitude(gramian[i]!, v);
    if (size === 0) continue;
    const relative = dot(gramian[i]!, v) / size;
    worst = Math.max(worst, z[i]! > 0 ? Math.abs(relative) : -relative);
  }
  return worst;
}
