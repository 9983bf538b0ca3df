import { fold, key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../solvers/eigen.ts';
import { cosines, dot, magnitude, times } from '../solvers/matrix.ts';
import { aggregate, gramianOf, type Jacobian, lengthOf, sizeOf } from '../testing/jacobian.ts';
import { aligned } from './aligned.ts';
import { cagrad } from './cagrad.ts';
import { config } from './config.ts';
import { dualProj } from './dual-proj.ts';
import { fairgrad } from './fairgrad.ts';
import { gradvac } from './gradvac.ts';
import { imtlG } from './imtl-g.ts';
import { mgda } from './mgda.ts';
import { nash } from './nash.ts';
import { pcgrad } from './pcgrad.ts';
import { upgrad } from './upgrad.ts';

const coordinate = fc.integer({ min: -50, max: 50 }).map((value) => value / 10);
/** Independent gradients, more coordinates than tasks. */
const jacobians = (least: number, most = least): fc.Arbitrary<Jacobian> =>
  fc
    .integer({ min: least, max: most })
    .chain((tasks) =>
      fc.array(fc.array(coordinate, { minLength: tasks + 2, maxLength: tasks + 2 }), {
        minLength: tasks,
        maxLength: tasks,
      }),
    )
    .filter((jacobian) => {
      const gramian = gramianOf(jacobian);
      return gramian.every((row, i) => row[i]! > 0) && symmetricEigen(cosines(gramian)).values.at(-1)! > 1e-3;
    });
const all = (arbitrary: fc.Arbitrary<Jacobian>, law: (jacobian: Jacobian) => void) =>
  fc.assert(fc.property(arbitrary, law), { numRuns: 150, seed: 1 });
const near = (left: readonly number[], right: readonly number[], tolerance = 1e-8) =>
  expect(lengthOf(left.map((value, i) => value - right[i]!))).toBeLessThanOrEqual(
    tolerance * Math.max(1e-12, lengthOf(right)),
  );
const unit = (vector: readonly number[]) => vector.map((value) => value / lengthOf(vector));

describe('for two tasks', () => {
  test('nash, imtlG and config point along the sum of the unit gradients', () => {
    all(jacobians(2), ([first, second]) => {
      const jacobian = [first!, second!];
      const bisector = unit(unit(first!).map((value, p) => value + unit(second!)[p]!));
      for (const balancer of [nash(), imtlG(), config()])
        near(unit(aggregate(balancer, jacobian).direction), bisector, 1e-6);
    });
  });

  test('pcgrad is twice upgrad, and each is what the closed form says', () => {
    all(jacobians(2), (jacobian) => {
      const [[a, b], [, c]] = gramianOf(jacobian) as [[number, number], [number, number]];
      const expected = b < 0 ? [1 - b / a, 1 - b / c] : [1, 1];
      near(aggregate(pcgrad(), jacobian).weights, expected);
      near(
        aggregate(upgrad(), jacobian).weights,
        expected.map((value) => value / 2),
      );
    });
  });

  test('nash has its closed form', () => {
    all(jacobians(2), (jacobian) => {
      const [[a, b], [, c]] = gramianOf(jacobian) as [[number, number], [number, number]];
      const first = (a + b * Math.sqrt(a / c)) ** -0.5;
      near(aggregate(nash({ maxNorm: null }), jacobian).weights, [first, first * Math.sqrt(a / c)], 1e-6);
    });
  });

  test('mgda has its closed form', () => {
    all(jacobians(2), (jacobian) => {
      const [[a, b], [, c]] = gramianOf(jacobian) as [[number, number], [number, number]];
      const first = Math.min(1, Math.max(0, (c - b) / (a + c - 2 * b)));
      near(aggregate(mgda(), jacobian).weights, [first, 1 - first]);
    });
  });
});

describe('nash and fairgrad', () => {
  test('nash solves G α = 1/α to 10⁻¹⁰ and is fairgrad(1)', () => {
    all(jacobians(1, 6), (jacobian) => {
      const { weights, residual } = aggregate(nash({ maxNorm: null }), jacobian);
      times(gramianOf(jacobian), weights).forEach((product, i) => {
        expect(Math.abs(product * weights[i]! - 1)).toBeLessThan(1e-10);
      });
      expect(residual).toBeLessThan(1e-10);
      near(aggregate(fairgrad(), jacobian).weights, weights, 1e-12);
    });
  });

  test('the direction of nash does not depend on the scales of the losses, and α(DJ) = α(J)/d', () => {
    all(jacobians(2, 5), (jacobian) => {
      const scales = jacobian.map((_, i) => 10 ** (6 * Math.sin(i + 1)));
      const scaled = jacobian.map((row, i) => row.map((value) => value * scales[i]!));
      const [plain, other] = [aggregate(nash(), jacobian), aggregate(nash(), scaled)];
      near(other.direction, plain.direction, 1e-8);
      other.weights.forEach((weight, i) => {
        expect(weight * scales[i]!).toBeCloseTo(plain.weights[i]!, 8);
      });
    });
  });

  test('an unshortened bargain is √K long, a shortened one maxNorm', () => {
    all(jacobians(1, 6), (jacobian) => {
      expect(lengthOf(aggregate(nash({ maxNorm: null }), jacobian).direction)).toBeCloseTo(
        Math.sqrt(jacobian.length),
        8,
      );
      expect(lengthOf(aggregate(nash({ maxNorm: 0.5 }), jacobian).direction)).toBeCloseTo(0.5, 8);
    });
  });

  test('fairgrad solves G w = w^(−1/α), for gradients of very different sizes too; α → 0 is the sum made harmless', () => {
    all(jacobians(1, 5), (jacobian) => {
      const scaled = jacobian.map((row, i) => row.map((value) => value * 10 ** (3 * Math.sin(7 * i))));
      for (const alpha of [0.1, 0.5, 2, 8]) {
        const { weights } = aggregate(fairgrad({ alpha }), scaled);
        gramianOf(scaled).forEach((row, i) => {
          const away = dot(row, weights) - weights[i]! ** (-1 / alpha);
          expect(Math.abs(away)).toBeLessThan(1e-12 * magnitude(row, weights));
        });
      }
      expect(aggregate(fairgrad({ alpha: 0 }), jacobian).weights).toEqual(jacobian.map(() => 1));
      const ones = jacobian.map(() => 1);
      const projected = aggregate(dualProj({ preference: ones }), jacobian).weights;
      near(aggregate(fairgrad({ alpha: 1e-4 }), jacobian).weights, projected, 0.02);
    });
  });
});

describe('mgda and cagrad', () => {
  test('mgda meets its optimality conditions to 10⁻¹⁰', () => {
    all(jacobians(1, 7), (jacobian) => {
      const gramian = gramianOf(jacobian);
      const { weights } = aggregate(mgda(), jacobian);
      const products = times(gramian, weights);
      const squared = dot(weights, products);
      const trace = gramian.reduce((sum, row, i) => sum + row[i]!, 0);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      products.forEach((product, i) => {
        expect(product - squared).toBeGreaterThanOrEqual(-1e-10 * trace);
        expect(weights[i]! * (product - squared)).toBeLessThanOrEqual(1e-10 * trace);
      });
    });
  });

  test('with one more task the shortest vector is no longer', () => {
    all(jacobians(2, 6), (jacobian) => {
      const fewer = lengthOf(aggregate(mgda(), jacobian.slice(1)).direction);
      expect(lengthOf(aggregate(mgda(), jacobian).direction)).toBeLessThanOrEqual(fewer * (1 + 1e-12));
    });
  });

  test('cagrad stays in its ball and gains for the worst task at least what the mean does', () => {
    all(jacobians(2, 6), (jacobian) => {
      const worst = (d: readonly number[]) => Math.min(...jacobian.map((row) => dot(row, d)));
      const mean = jacobian[0]!.map((_, p) => jacobian.reduce((sum, row) => sum + row[p]!, 0) / jacobian.length);
      for (const c of [0.1, 0.4, 0.9, 3]) {
        const { direction, weights, status } = aggregate(cagrad({ c }), jacobian);
        expect(status.kind).toBe('ok');
        const away = lengthOf(direction.map((value, p) => value - mean[p]!));
        expect(away).toBeLessThanOrEqual(c * lengthOf(mean) * (1 + 1e-9));
        expect(worst(direction)).toBeGreaterThanOrEqual(worst(mean) - 1e-9 * sizeOf(jacobian, weights));
      }
    });
  });

  test('where no direction improves all, cagrad with c < 1 goes on towards the minimum of the mean', () => {
    near(aggregate(cagrad({ c: 0.4 }), [[1, 0], [-2, 0]]).direction, [-0.3, 0]); // biome-ignore format: a matrix
    const solved = aggregate(cagrad({ c: 0.9, rescale: 'linear' }), [[1, 0], [-1, 0], [0, 1]]); // biome-ignore format: a matrix
    near(solved.direction, [0, 1 / 5.7]);
    expect(solved.status).toEqual({ kind: 'ok' });
    expect(aggregate(cagrad({ c: 1 }), [[1, 0], [-2, 0]]).status.kind).toBe('degenerate'); // biome-ignore format: a matrix

    // Eight gradients in the plane: the worst task of the best direction, by trying the ball's rim.
    const jacobian = Array.from({ length: 8 }, (_, i) => [Math.cos(2.4 * i) + 0.2, Math.sin(2.4 * i) * (1 + i / 4)]);
    const mean = aggregate(cagrad({ c: 0 }), jacobian).direction;
    const worst = (direction: readonly number[]) => Math.min(...jacobian.map((row) => dot(row, direction)));
    const rim = Array.from({ length: 20000 }, (_, i) => {
      const radius = 0.5 * lengthOf(mean);
      return worst([mean[0]! + radius * Math.cos(i / 3183.1), mean[1]! + radius * Math.sin(i / 3183.1)]);
    });
    const found = aggregate(cagrad({ c: 0.5 }), jacobian);
    expect(found.status).toEqual({ kind: 'ok' });
    expect(worst(found.direction)).toBeGreaterThanOrEqual(Math.max(...rim) - 1e-12);
    expect(worst(found.direction)).toBeCloseTo(Math.max(...rim), 4);
    const offset = found.direction.map((value, p) => value - mean[p]!);
    expect(lengthOf(offset)).toBeCloseTo(0.5 * lengthOf(mean), 12);
  });

  test('to cagrad, equal gradients are one task of twice the preference', () => {
    all(jacobians(2, 6), (jacobian) => {
      const preference = jacobian.map((_, i) => (i === 0 ? 2 : 1) / (jacobian.length + 1));
      const twice = aggregate(cagrad(), [...jacobian, jacobian[0]!]);
      expect(twice.status).toEqual({ kind: 'ok' });
      near(twice.direction, aggregate(cagrad({ preference }), jacobian).direction, 1e-6);
    });
  });

  test('cagrad is the best of its ball, by random others', () => {
    all(jacobians(2, 5), (jacobian) => {
      const worst = (d: readonly number[]) => Math.min(...jacobian.map((row) => dot(row, d)));
      const mean = jacobian[0]!.map((_, p) => jacobian.reduce((sum, row) => sum + row[p]!, 0) / jacobian.length);
      const radius = 0.5 * lengthOf(mean);
      const best = worst(aggregate(cagrad({ c: 0.5 }), jacobian).direction);
      for (let draw = 1; draw <= 20; draw++) {
        const towards = unit(mean.map((_, p) => Math.sin(draw * (p + 1.7))));
        expect(worst(mean.map((value, p) => value + radius * towards[p]!))).toBeLessThanOrEqual(
          best + 1e-9 * Math.abs(best) + 1e-12,
        );
      }
    });
  });

  test('c = 0 is the mean, and a large c points where mgda does', () => {
    all(jacobians(2, 5), (jacobian) => {
      near(
        aggregate(cagrad({ c: 0 }), jacobian).weights,
        jacobian.map(() => 1 / jacobian.length),
      );
      near(unit(aggregate(cagrad({ c: 1e8 }), jacobian).direction), unit(aggregate(mgda(), jacobian).direction), 1e-6);
    });
  });

  test('the rescalings divide by 1 + c² and 1 + c', () => {
    const jacobian = [
      [1, 0],
      [-0.5, 1],
    ];
    const plain = aggregate(cagrad({ c: 2 }), jacobian).weights;
    near(
      aggregate(cagrad({ c: 2, rescale: 'squared' }), jacobian).weights,
      plain.map((weight) => weight / 5),
    );
    near(
      aggregate(cagrad({ c: 2, rescale: 'linear' }), jacobian).weights,
      plain.map((weight) => weight / 3),
    );
  });
});

describe('upgrad and dualProj', () => {
  test('dualProj meets the conditions of its quadratic program', () => {
    all(jacobians(1, 7), (jacobian) => {
      const gramian = gramianOf(jacobian);
      const { weights } = aggregate(dualProj(), jacobian);
      const products = times(gramian, weights);
      const size = sizeOf(jacobian, weights);
      products.forEach((product, i) => {
        const slack = weights[i]! - 1 / jacobian.length;
        expect(slack).toBeGreaterThanOrEqual(-1e-15);
        expect(product).toBeGreaterThanOrEqual(-1e-12 * size * lengthOf(jacobian[i]!));
        expect(Math.abs(slack * product)).toBeLessThan(1e-10 * size * size);
      });
    });
  });

  test('both are the mean where nobody is harmed by it', () => {
    const jacobian = [
      [1, 0, 0.5],
      [0, 2, 0.5],
      [1, 1, 0],
    ];
    for (const balancer of [upgrad(), dualProj()])
      expect(aggregate(balancer, jacobian).weights).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  test('close to convergence both are still themselves, not the mean', () => {
    const tiny = [
      [-4e-9, 1e-9],
      [6e-9, 1e-9],
    ];
    near(aggregate(upgrad(), tiny).weights, [0.5 * (1 + 23 / 17), 0.5 * (1 + 23 / 37)]);
  });
});

describe('pcgrad, gradvac, imtlG, aligned and config', () => {
  test('the order of pcgrad comes from the key, and the average over keys lies between its orders', () => {
    const jacobian = [
      [1, 0.2, -0.9],
      [-0.8, 1, 0.3],
      [0.1, -0.7, 1],
    ];
    const runs = Array.from({ length: 30 }, (_, seed) =>
      aggregate(pcgrad(), jacobian, { source: fold(key(5), seed) }).weights.join(),
    );
    expect(new Set(runs).size).toBeGreaterThan(1);
    expect(new Set(runs).size).toBeLessThanOrEqual(8);
  });

  test('the first step of gradvac is pcgrad, the second turns cosines to what they were on average', () => {
    all(jacobians(2, 5), (jacobian) => {
      const balancer = gradvac({ beta: 1 });
      const first = aggregate(balancer, jacobian);
      near(first.weights, aggregate(pcgrad(), jacobian).weights);
    });
    // With β = 1 the target of the second step is the cosine of the first, here 0.8: g₁ turns to it, and g₂ likewise.
    const balancer = gradvac({ beta: 1 });
    const state = aggregate(balancer, [[1, 0], [0.8, 0.6]]).state; // biome-ignore format: two gradients
    const { weights } = aggregate(balancer, [[1, 0], [0, 1]], { state }); // biome-ignore format: two gradients
    near(weights, [1 + 0.8 / 0.6, 1 + 0.8 / 0.6]);
  });

  test('imtlG has equal projections on all gradients', () => {
    all(jacobians(1, 6), (jacobian) => {
      const { direction, weights, status } = aggregate(imtlG(), jacobian);
      if (status.kind !== 'ok') return;
      const projections = jacobian.map((row) => dot(row, direction) / lengthOf(row));
      expect(Math.max(...projections) - Math.min(...projections)).toBeLessThan(1e-9 * sizeOf(jacobian, weights));
    });
  });

  test('config has the same cosine with every gradient and the length of all projections', () => {
    all(jacobians(1, 6), (jacobian) => {
      const { direction } = aggregate(config(), jacobian);
      const d = unit(direction);
      const along = jacobian.map((row) => dot(row, d) / lengthOf(row));
      expect(Math.max(...along) - Math.min(...along)).toBeLessThan(1e-9);
      const projections = jacobian.reduce((sum, row) => sum + dot(row, d), 0);
      expect(lengthOf(direction)).toBeCloseTo(Math.abs(projections), 8);
    });
  });

  test('config tells where no direction has equal cosines, whatever the scale', () => {
    for (const t of [1e-6, 1, 1e6]) {
      const jacobian = [1, 2, -1, -3].map((value) => [value * t, 3 * value * t]);
      expect(aggregate(config(), jacobian).status).toEqual({ kind: 'degenerate', reason: 'the unit gradients cancel' });
    }
  });

  test('the balance of aligned gives every singular value the same size, for each scale', () => {
    all(jacobians(2, 4), (jacobian) => {
      const values = symmetricEigen(gramianOf(jacobian)).values;
      const wanted = { min: values.at(-1)!, median: values[Math.floor(values.length / 2)]!, rmse: 0 };
      wanted.rmse = values.reduce((sum, value) => sum + value, 0) / values.length;
      for (const scale of ['min', 'median', 'rmse'] as const) {
        // Column i of B is the answer to the preference eᵢ.
        const rows = jacobian.map((_, i) => {
          const preference = jacobian.map((_, j) => (i === j ? 1 : 0));
          return aggregate(aligned({ scale, preference }), jacobian).direction;
        });
        for (const value of symmetricEigen(gramianOf(rows)).values) expect(value / wanted[scale]).toBeCloseTo(1, 6);
      }
    });
  });

  test('aligned gives a single gradient as it is', () => {
    near(aggregate(aligned(), [[3, -4]]).direction, [3, -4]);
  });
});
