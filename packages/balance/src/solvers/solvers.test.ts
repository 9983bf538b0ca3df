import { fold, key, normal } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { gramianOf } from '../testing/jacobian.ts';
import { solvePositive } from './cholesky.ts';
import { projectOnDualCone } from './dual-cone.ts';
import { pseudoSolve, rankOf, symmetricEigen } from './eigen.ts';
import { solveFair } from './fair.ts';
import { dot, magnitude, times } from './matrix.ts';
import { minNorm, shortfalls } from './min-norm.ts';

/** Gramians of `rows` normal gradients of unequal lengths. */
const gramians = (rows: number, width: number, draws = 40): number[][][] =>
  Array.from({ length: draws }, (_, draw) => {
    const values = normal(fold(key(rows), draw), rows * width);
    return gramianOf(
      Array.from({ length: rows }, (_, i) =>
        Array.from({ length: width }, (_, p) => values[i * width + p]! * 10 ** ((i % 5) - 2)),
      ),
    );
  });

describe('solvePositive', () => {
  test('solves, and tells singular matrices', () => {
    for (const gramian of gramians(6, 8)) {
      const right = gramian.map((_, i) => Math.cos(i));
      const x = solvePositive(gramian, right)!;
      gramian.forEach((row, i) => {
        expect(Math.abs(dot(row, x) - right[i]!)).toBeLessThan(1e-11 * magnitude(row, x));
      });
    }
    expect(solvePositive([[1, 1], [1, 1]], [1, 0])).toBeNull(); // biome-ignore format: a matrix
  });
});

describe('symmetricEigen', () => {
  test('λ and v make up the matrix, v are orthonormal, λ fall', () => {
    for (const gramian of gramians(7, 9)) {
      const { values, vectors } = symmetricEigen(gramian);
      vectors.forEach((v, k) => {
        const away = Math.hypot(...times(gramian, v).map((value, i) => value - values[k]! * v[i]!));
        expect(away).toBeLessThan(1e-13 * values[0]!);
        vectors.forEach((other, l) => {
          expect(dot(v, other)).toBeCloseTo(k === l ? 1 : 0, 13);
        });
        if (k > 0) expect(values[k]).toBeLessThanOrEqual(values[k - 1]!);
      });
    }
  });

  test('ranks below the full one are found, and the pseudo-inverse is the shortest solution', () => {
    for (const gramian of gramians(6, 3)) expect(rankOf(symmetricEigen(gramian))).toBe(3);
    const x = pseudoSolve(symmetricEigen([[1, 1], [1, 1]]), [1, 1]); // biome-ignore format: a matrix
    expect(x).toEqual([expect.closeTo(0.5, 14), expect.closeTo(0.5, 14)]);
  });
});

describe('shortfalls', () => {
  test('a long gradient does not hide what weights lack for short ones', () => {
    const gramian = [[1e12, 0, 0], [0, 1, 0], [0, 0, 1]]; // biome-ignore format: a matrix
    expect(Math.max(...shortfalls(gramian, [0, 1, 0]))).toBe(1);
    expect(Math.max(...shortfalls(gramian, minNorm(gramian).weights))).toBeLessThan(1e-15);
    expect(minNorm(gramian).residual).toBeLessThan(1e-15);
  });
});

describe('projectOnDualCone', () => {
  test('meets its conditions for dependent gradients of unequal lengths, and does not notice their scale', () => {
    for (const gramian of [...gramians(8, 5), ...gramians(12, 14)]) {
      const u = gramian.map((_, i) => (i % 3 === 0 ? 1 : 0.25));
      const { weights, residual } = projectOnDualCone(gramian, u);
      expect(residual).toBeLessThan(1e-12);
      weights.forEach((weight, i) => {
        const size = magnitude(gramian[i]!, weights);
        expect(weight).toBeGreaterThanOrEqual(u[i]!);
        expect(dot(gramian[i]!, weights)).toBeGreaterThanOrEqual(-1e-12 * size);
        if (weight > u[i]!) expect(Math.abs(dot(gramian[i]!, weights))).toBeLessThan(1e-10 * size);
      });
      const scaled = gramian.map((row) => row.map((value) => value * 2 ** -60));
      expect(projectOnDualCone(scaled, u).weights).toEqual(weights);
    }
  });
});

test('Gramians that were rounded to float32, and so are not quite positive, are solved as well', () => {
  for (const gramian of [...gramians(8, 5), ...gramians(10, 12)]) {
    const rounded = gramian.map((row) => row.map(Math.fround));
    expect(minNorm(rounded).residual).toBeLessThan(1e-4);
    const { weights, residual } = projectOnDualCone(rounded, rounded.map(() => 1)); // biome-ignore format: one line
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(residual).toBeLessThan(1e-3);
  }
});

test('solveFair starts where tasks that do not meet each other already are', () => {
  const { weights, iterations } = solveFair([[4, 0], [0, 1e-8]], 1); // biome-ignore format: a Gramian
  expect(weights).toEqual([expect.closeTo(0.5, 14), expect.closeTo(1e4, 8)]);
  expect(iterations).toBe(0);
});
