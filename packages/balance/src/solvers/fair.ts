import { solvePositive } from './cholesky.ts';
import { dot, epsilon, type Matrix, magnitude, times } from './matrix.ts';

/**
 * u > 0 with C u = c u^(−p), row by row, by damped Newton steps.
 *
 * It is the gradient of the strictly convex ½ uᵀC u − Σ cᵢ φ(uᵢ), φ′(u) = u^(−p), which has a minimum unless 0 is in the convex
 * hull of the vectors behind C. The start solves each row without the others, so that scales do not matter.
 *
 * @param p > 0; 1 is the bargaining problem of Nash
 */
export function solveFair(
  matrix: Matrix,
  c: readonly number[],
  p: number,
): { weights: number[]; iterations: number; residual: number } {
  const pull = (u: readonly number[]) => u.map((value, i) => c[i]! * value ** -p);
  const potential = (u: readonly number[]) =>
    u.reduce((total, value, i) => total + c[i]! * (p === 1 ? Math.log(value) : value ** (1 - p) / (1 - p)), 0);
  const objective = (u: readonly number[]) => 0.5 * dot(u, times(matrix, u)) - potential(u);

  let u = c.map((value, i) => (value / matrix[i]![i]!) ** (1 / (1 + p)));
  let best = { weights: u, residual: Number.POSITIVE_INFINITY };
  let iterations = 0;
  for (let idle = 0; iterations < 200 && idle < 8; iterations++) {
    const pulls = pull(u);
    const products = times(matrix, u);
    const gradient = products.map((product, i) => product - pulls[i]!);
    const residual = Math.max(...gradient.map((value, i) => Math.abs(value) / pulls[i]!));
    if (residual < best.residual) best = { weights: u, residual };
    else idle++;
    if (gradient.every((value, i) => Math.abs(value) <= 4 * epsilon * (magnitude(matrix[i]!, u) + pulls[i]!))) break;

    const hessian = matrix.map((row, i) => row.map((value, j) => (i === j ? value + (p * pulls[i]!) / u[i]! : value)));
    const found = solvePositive(
      hessian,
      gradient.map((value) => -value),
    );
    if (!found) break;
    u = search(u, found, dot(gradient, found), objective);
  }
  return { ...best, iterations };
}

/** The step along `move` that stays positive and lowers the objective enough (Armijo 1966). */
function search(
  u: readonly number[],
  move: readonly number[],
  slope: number,
  objective: (u: readonly number[]) => number,
): number[] {
  const change = Math.max(...move.map((value, i) => Math.abs(value) / u[i]!));
  const room = Math.max(...move.map((value, i) => -value / u[i]!));
  let length = room > 0.95 ? 0.95 / room : 1;
  const at = (t: number) => u.map((value, i) => value + t * move[i]!);
  // Close to the minimum Newton's own step is right, and differences of the objective are rounding errors.
  if (change < 1e-3) return at(length);
  const now = objective(u);
  const noise = 8 * epsilon * Math.abs(now);
  for (let halving = 0; halving < 40; halving++, length /= 2)
    if (objective(at(length)) <= now + 1e-4 * length * slope + noise) break;
  return at(length);
}
