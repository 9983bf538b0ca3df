import { key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { mgda } from './aggregation/mgda.ts';
import { nash } from './aggregation/nash.ts';
import type { Balancer } from './balancer.ts';
import { gramianOf } from './testing/jacobian.ts';
import { mean } from './weighting/mean.ts';

// Two losses of two parameters with a canyon between slopes of very different steepness: Liu et al., "Conflict-Averse Gradient Descent", 2021.
type Point = readonly [number, number];
const least = 5e-6;

/** Value and gradient of both losses. */
function toy([x, y]: Point, scale: number): { losses: number[]; jacobian: number[][] } {
  const t = Math.tanh(-y);
  const u = 0.5 * (-x - 7) - t;
  const v = 0.5 * (-x + 3) + t + 2;
  const slope = (value: number) => (Math.abs(value) >= least ? 1 / value : 0);
  const f = [Math.log(Math.max(Math.abs(u), least)) + 6, Math.log(Math.max(Math.abs(v), least)) + 6];
  const dt = -(1 - t * t);
  const df = [
    [-0.5 * slope(u), -dt * slope(u)],
    [-0.5 * slope(v), dt * slope(v)],
  ];
  const half = Math.tanh(0.5 * y);
  const [c1, c2] = [Math.max(half, 0), Math.max(-half, 0)];
  const dHalf = 0.5 * (1 - half * half);
  const [d1, d2] = [half >= 0 ? dHalf : 0, half <= 0 ? -dHalf : 0];
  const bowl = 0.1 * (-y - 8) ** 2;
  const g = [((-x + 7) ** 2 + bowl) / 10 - 20, ((-x - 7) ** 2 + bowl) / 10 - 20];
  const dBowl = (0.2 * (y + 8)) / 10;
  const dg = [
    [(2 * (x - 7)) / 10, dBowl],
    [(2 * (x + 7)) / 10, dBowl],
  ];
  const scales = [scale, 1];
  const losses = scales.map((s, k) => s * (f[k]! * c1 + g[k]! * c2));
  const jacobian = scales.map((s, k) => [
    s * (df[k]![0]! * c1 + dg[k]![0]! * c2),
    s * (df[k]![1]! * c1 + f[k]! * d1 + dg[k]![1]! * c2 + g[k]! * d2),
  ]);
  return { losses, jacobian };
}

/** The first step of Adam within 0.1 of the Pareto set, a line; null if there is none. */
function stepsToParetoSet<State>(balancer: Balancer<State>, start: Point, limit: number, scale = 1): number | null {
  let point = [...start];
  let state = balancer.init(2);
  const [first, second] = [[0, 0], [0, 0]]; // biome-ignore format: both moments
  for (let step = 1; step <= limit; step++) {
    const { losses, jacobian } = toy(point as unknown as Point, scale);
    const present = [true, true];
    const statistics = { losses, present, gramian: gramianOf(jacobian), step, epoch: 0 };
    const turn = balancer.weigh(statistics, state, key(0));
    state = turn.state;
    point = point.map((value, p) => {
      const gradient = jacobian[0]![p]! * turn.weights[0]! + jacobian[1]![p]! * turn.weights[1]!;
      first[p] = 0.9 * first[p]! + 0.1 * gradient;
      second[p] = 0.999 * second[p]! + 0.001 * gradient * gradient;
      const size = Math.sqrt(second[p]! / (1 - 0.999 ** step)) + 1e-8;
      return value - (1e-3 * first[p]!) / (1 - 0.9 ** step) / size;
    });
    if (Math.abs(point[1]! + 8.3552) < 0.1 && Math.abs(point[0]!) <= 7.1) return step;
  }
  return null;
}

describe('the toy problem of two losses', () => {
  test('its values at the starts are those published', () => {
    const starts: Point[] = [[-8.5, 7.5], [-8.5, -5], [9, 9], [0, 0], [-7.5, -0.5], [9, -1]]; // biome-ignore format: points
    const values = [[6.5524, 7.9008], [4.0599, -19.4215], [7.9439, 6.6915], [0, 0], [0.3888, -4.7545], [-8.8311, 2.8143]]; // biome-ignore format: pairs
    starts.forEach((start, i) => {
      toy(start, 1).losses.forEach((loss, k) => {
        expect(loss).toBeCloseTo(values[i]![k]!, 3);
      });
    });
  });

  test('the mean is stuck in the canyon from both tops, nash is not', () => {
    for (const start of [
      [-8.5, 7.5],
      [9, 9],
    ] as const) {
      // biome-ignore format: points
      expect(stepsToParetoSet(mean(), start, 25_000)).toBeNull();
      expect(stepsToParetoSet(nash(), start, 16_000)).not.toBeNull();
    }
    expect(stepsToParetoSet(mgda(), [-8.5, 7.5], 24_000)).not.toBeNull();
  });

  test('nash takes the same number of steps when one loss is scaled by 0.1', () => {
    for (const start of [
      [-8.5, -5],
      [-7.5, -0.5],
      [9, -1],
    ] as const) {
      // biome-ignore format: points
      const steps = stepsToParetoSet(nash(), start, 8000);
      expect(steps).not.toBeNull();
      expect(stepsToParetoSet(nash(), start, 8000, 0.1)).toBe(steps);
    }
  });
});
