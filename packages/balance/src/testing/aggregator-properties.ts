import { fold, key, permutation, uniform } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../balancer.ts';
import { aggregate, directionOf, gramianOf, type Jacobian, lengthOf, sizeOf } from './jacobian.ts';
import { matrixSamples } from './matrices.ts';

/**
 * What a method promises. A number is the tolerance, relative to Σ |wᵢ| ‖gᵢ‖ and to the sizes of gradients; left out or false, nothing is
 * promised.
 */
export type AggregatorProperties = {
  /** No task is harmed: gᵢ · d ≥ 0. */
  readonly nonConflicting?: number | false;
  /** The order of the tasks changes nothing. */
  readonly permutationInvariant?: number | false;
  /** A(diag(a c + b c′) J) = a A(diag(c) J) + b A(diag(c′) J). */
  readonly linearUnderScaling?: number | false;
  /** The least ‖d‖ away from strongly stationary points, for the samples there are. */
  readonly stronglyStationary?: number | false;
  /** x of A(tJ) = tˣ A(J), from t = 10⁻⁶ to 10⁶; 1 when left out, null for methods without one. */
  readonly scaleExponent?: number | null;
  /** Below it the method is undefined, as it says itself; 1 when left out. */
  readonly leastTasks?: number;
  readonly seed?: number;
};

/**
 * Declares the tests of an aggregation of gradients: call it at the top of a vitest file.
 *
 * Always: finite weights on all samples and 12 decades of scale; K = 1; a row of zeros, equal, opposed and dependent rows; a gradient that is
 * not finite is an error of its own; nothing that cancels is called ok. And the properties asked for.
 */
export function describeAggregatorProperties<State>(
  make: () => Balancer<State>,
  {
    nonConflicting = false,
    permutationInvariant = false,
    linearUnderScaling = false,
    stronglyStationary = false,
    scaleExponent = 1,
    leastTasks = 1,
    seed = 1,
  }: AggregatorProperties = {},
): void {
  const samples = matrixSamples(seed);
  const source = key(seed);
  const balancer = make();
  const run = (jacobian: Jacobian) => aggregate(make(), jacobian, { source });
  const apart = (left: readonly number[], right: readonly number[]) =>
    lengthOf(left.map((value, p) => value - right[p]!));
  const promised = samples.typical.filter((matrix) => matrix.length >= leastTasks);

  describe(`${balancer.name} as an aggregation`, () => {
    test('weights are finite, one per task, on every sample', () => {
      for (const jacobian of [...samples.scaled, ...samples.typical]) {
        const { weights, status } = run(jacobian);
        expect(weights).toHaveLength(jacobian.length);
        expect(weights.every(Number.isFinite)).toBe(true);
        const isZero = jacobian.every((row) => row.every((value) => value === 0));
        if (isZero && balancer.needs === 'gramian') expect(status.kind).toBe('degenerate');
      }
    });

    test('what is called ok has a residual near 0 and a direction', () => {
      if (balancer.needs !== 'gramian') return;
      for (const jacobian of [...samples.scaled, ...samples.typical]) {
        const { weights, status, direction, residual = 0 } = run(jacobian);
        if (status.kind !== 'ok') continue;
        expect(residual).toBeLessThan(1e-6);
        expect(lengthOf(direction)).toBeGreaterThan(1e-8 * sizeOf(jacobian, weights));
      }
    });

    test.each([
      ['a single task', [[3, -4]]],
      ['a row of zeros', [[0, 0, 0], [1, 2, -1], [0.5, 1, 1]]], // biome-ignore format: one line each
      ['equal rows', [[1, 2, 0], [1, 2, 0], [0, 1, 1]]], // biome-ignore format: one line each
      ['opposed rows', [[1, 2], [-1, -2]]], // biome-ignore format: one line each
      ['rank 1', [[1, 2], [2, 4], [0.5, 1]]], // biome-ignore format: one line each
      ['rank 1 with conflict', [[1, 2], [-2, -4], [0.5, 1]]], // biome-ignore format: one line each
    ])('%s gives finite weights, and no direction is called ok that is none', (_, jacobian) => {
      const { weights, status, direction } = run(jacobian);
      expect(weights.every(Number.isFinite)).toBe(true);
      if (balancer.needs === 'gramian' && lengthOf(direction) <= 1e-9 * sizeOf(jacobian, weights)) {
        expect(status.kind).toBe('degenerate');
      }
    });

    test('a single task gives its gradient times a positive weight', () => {
      const { weights, direction, status } = run([[3, -4]]);
      expect(weights[0]).toBeGreaterThan(0);
      expect(apart(direction, [3 * weights[0]!, -4 * weights[0]!])).toBe(0);
      if (leastTasks === 1) expect(status.kind).toBe('ok');
    });

    test('a gradient that is not finite is an error that names its task, unless the task is absent', () => {
      if (balancer.needs !== 'gramian') return;
      const gramian = gramianOf([
        [1, 0],
        [0, 1],
        [Number.NaN, 0],
      ]);
      const step = { losses: [1, 1, 1], present: [true, true, true], gramian, step: 0, epoch: 0 };
      expect(() => balancer.weigh(step, balancer.init(3), source)).toThrow('E4005');
      const { weights } = balancer.weigh({ ...step, present: [true, true, false] }, balancer.init(3), source);
      expect(weights[2]).toBe(0);
    });

    if (scaleExponent !== null)
      test(`A(tJ) = t^${scaleExponent} A(J) over 12 decades`, () => {
        for (const jacobian of [...samples.normal, ...samples.nonWeak].filter(({ length }) => length >= leastTasks)) {
          const { direction, weights, status } = run(jacobian);
          for (const t of [1e-6, 1e-3, 1, 1e3, 1e6]) {
            const scaled = run(jacobian.map((row) => row.map((value) => value * t)));
            expect(scaled.status.kind).toBe(status.kind);
            if (status.kind !== 'ok') continue;
            const back = scaled.direction.map((value) => value / t ** scaleExponent);
            expect(apart(back, direction)).toBeLessThanOrEqual(1e-7 * sizeOf(jacobian, weights));
          }
        }
      });

    if (nonConflicting !== false)
      test('no task is harmed', () => {
        for (const jacobian of promised) {
          const { direction, weights } = run(jacobian);
          const size = sizeOf(jacobian, weights);
          for (const row of jacobian) {
            const gain = row.reduce((sum, value, p) => sum + value * direction[p]!, 0);
            expect(gain).toBeGreaterThanOrEqual(-nonConflicting * lengthOf(row) * size);
          }
        }
      });

    if (permutationInvariant !== false)
      test('the order of the tasks changes nothing', () => {
        for (const jacobian of promised) {
          const { direction, weights } = run(jacobian);
          for (let draw = 0; draw < 5; draw++) {
            const order = [...permutation(fold(source, draw), jacobian.length)];
            const other = run(order.map((task) => jacobian[task]!));
            expect(apart(other.direction, direction)).toBeLessThanOrEqual(
              permutationInvariant * sizeOf(jacobian, weights),
            );
          }
        }
      });

    if (linearUnderScaling !== false)
      test('the direction is linear in the scales of the gradients', () => {
        for (const [index, jacobian] of promised.entries()) {
          for (let draw = 0; draw < 5; draw++) {
            const numbers = [...uniform(fold(fold(source, index), draw), 2 * jacobian.length + 2)];
            const [alpha, beta] = [numbers.pop()!, numbers.pop()!];
            const [first, second] = [numbers.slice(0, jacobian.length), numbers.slice(jacobian.length)];
            const scaled = (factors: readonly number[]) =>
              jacobian.map((row, i) => row.map((value) => value * factors[i]!));
            const joint = scaled(first.map((factor, i) => alpha * factor + beta * second[i]!));
            const together = run(joint);
            const [left, right] = [run(scaled(first)).direction, run(scaled(second)).direction];
            const added = left.map((value, p) => alpha * value + beta * right[p]!);
            expect(apart(together.direction, added)).toBeLessThanOrEqual(
              linearUnderScaling * sizeOf(joint, together.weights),
            );
          }
        }
      });

    if (stronglyStationary !== false)
      test('away from strongly stationary points there is a direction', () => {
        for (const jacobian of [...samples.strictlyWeak, ...samples.nonWeak]) {
          const { weights } = run(jacobian);
          expect(lengthOf(directionOf(jacobian, weights))).toBeGreaterThan(stronglyStationary);
        }
      });
  });
}
