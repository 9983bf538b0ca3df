import { describe, expect, test } from 'vitest';
import { mgda } from './aggregation/mgda.ts';
import { nash } from './aggregation/nash.ts';
import type { Balancer } from './balancer.ts';
import { descend, type Point, toy } from './testing/toy.fixture.ts';
import { famo } from './weighting/famo.ts';
import { mean } from './weighting/mean.ts';

const steps = <State>(balancer: Balancer<State>, start: Point, limit: number, scale = 1) =>
  descend(balancer, start, limit, scale).steps;

describe('the toy problem of two losses', () => {
  test('its values at the starts are those published', () => {
    const points: Point[] = [[-8.5, 7.5], [-8.5, -5], [9, 9], [0, 0], [-7.5, -0.5], [9, -1]]; // biome-ignore format: points
    const values = [[6.5524, 7.9008], [4.0599, -19.4215], [7.9439, 6.6915], [0, 0], [0.3888, -4.7545], [-8.8311, 2.8143]]; // biome-ignore format: pairs
    points.forEach((start, i) => {
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
      expect(steps(mean(), start, 25_000)).toBeNull();
      expect(steps(nash(), start, 16_000)).not.toBeNull();
    }
    expect(steps(mgda(), [-8.5, 7.5], 24_000)).not.toBeNull();
  });

  test('nash takes the same number of steps when one loss is scaled by 0.1', () => {
    for (const start of [
      [-8.5, -5],
      [-7.5, -0.5],
      [9, -1],
    ] as const) {
      // biome-ignore format: points
      const taken = steps(nash(), start, 8000);
      expect(taken).not.toBeNull();
      expect(steps(nash(), start, 8000, 0.1)).toBe(taken);
    }
  });

  test('famo, which sees the losses after its steps, leaves the canyon too', () => {
    const run = descend(famo({ lowerBounds: [-21, -21], decay: 0 }), [-8.5, 7.5], 25_000);
    expect(run.steps).not.toBeNull();
    expect(run.degenerate).toBe(0);
  });
});
