import { solvePositive } from './cholesky.ts';
import { dot, epsilon, type Matrix, magnitude, times } from './matrix.ts';

/**
 * w > 0 with G w = w^(−p), row by row, by damped Newton steps.
 *
 * It is the gradient of the strictly convex ½ wᵀG w − Σ φ(wᵢ), φ′(w) = w^(−p), which has a minimum unless 0 is in the convex hull of the
 * gradients. The start solves each row without the others, so that scales do not matter.
 *
 * @param p > 0; 1 is the bargaining problem of Nash
 */
export function solveFair(gramian: Matrix, p: number): { weights: number[]; iterations: number; residual: number } {
  // With G = s M and w = s^(−1/(1+p)) u the equation is M u = u^(−p), and M has a diagonal near 1.
  const typical = Math.exp(gramian.reduce((total, row, i) => total + Math.log(row[i]!), 0) / gramian.length);
  const matrix = gramian.map((row) => row.map((value) => value / typical));
  const potential = (u: readonly number[]) =>
    u.reduce((total, value) => total + (p === 1 ? Math.log(value) : value ** (1 - p) / (1 - p)), 0);
  const objective = (u: readonly number[]) => 0.5 * dot(u, times(matrix, u)) - potential(u);

  let u = matrix.map((row, i) => row[i]! ** (-1 / (1 + p)));
  let best = { weights: u, residual: Number.POSITIVE_INFINITY };
  let iterations = 0;
  for (; iterations < 200; iterations++) {
    const pulls = u.map((value) => value ** -p);
    const gradient = times(matrix, u).map((product, i) => product - pulls[i]!);
    const residual = Math.max(...gradient.map((value, i) => Math.abs(value) / (magnitude(matrix[i]!, u) + pulls[i]!)));
    const improves = residual < best.residual;
    if (improves) best = { weights: u, residual };
    if (residual <= 4 * epsilon) break;

    const hessian = matrix.map((row, i) => row.map((value, j) => (i === j ? value + (p * pulls[i]!) / u[i]! : value)));
    const downhill = gradient.map((value) => -value);
    const move = solvePositive(hessian, downhill);
    if (!move) break;
    // Close to the minimum Newton's own step is right, and differences of the objective are rounding errors.
    const isClose = move.every((value, i) => (1 + p) * Math.abs(value) < 1e-3 * u[i]!);
    if (isClose && !improves) break;
    u = isClose ? u.map((value, i) => value + move[i]!) : search(u, move, dot(gradient, move), objective);
  }
  const scale = typical ** (-1 / (1 + p));
  return { ...best, weights: best.weights.map((value) => value * scale), iterations };
}

/** The step along `move` that stays positive and lowers the objective enough (Armijo 1966). */
function search(
  u: readonly number[],
  move: readonly number[],
  slope: number,
  objective: (u: readonly number[]) => number,
): number[] {
  const room = Math.max(...move.map((value, i) => -value / u[i]!));
  const at = (t: number) => u.map((value, i) => value + t * move[i]!);
  const now = objective(u);
  const noise = 8 * epsilon * Math.abs(now);
  let length = room > 0.95 ? 0.95 / room : 1;
  for (let halving = 0; halving < 40 && !(objective(at(length)) <= now + 1e-4 * length * slope + noise); halving++)
    length /= 2;
  return at(length);
}
