import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Metric } from '../metric.ts';
import { expectClose } from './close.ts';
import { concatenate as concatenateRecords } from './concatenate.ts';

export type MetricLawOptions<Batch> = {
  /** Two batches as one; by default arrays, and records of them, are joined. */
  readonly concatenate?: (left: Batch, right: Batch) => Batch;
  /** How far numbers may be apart, relative to the larger of 1 and their size; counts need 0. */
  readonly tolerance?: number;
  readonly runs?: number;
  readonly seed?: number;
};

/**
 * Declares the tests that every metric has to pass, for random batches: call it at the top of a vitest file.
 *
 * `merge` is associative and `empty` its identity on both sides; merging two observations reads as observing the
 * concatenation; the state survives JSON; nothing given is changed.
 */
export function describeMetricLaws<Batch, State, Value>(
  metric: Metric<Batch, State, Value>,
  arbitraryBatch: fc.Arbitrary<Batch>,
  { concatenate = concatenateRecords, tolerance = 1e-12, runs = 100, seed = 1 }: MetricLawOptions<Batch> = {},
): void {
  const { observe, merge, compute, empty } = metric;
  const holds = (law: (...batches: [Batch, Batch, Batch]) => void) =>
    fc.assert(fc.property(arbitraryBatch, arbitraryBatch, arbitraryBatch, law), { numRuns: runs, seed });

  describe(`${metric.name} is a metric`, () => {
    test('merge is associative', () => {
      holds((first, second, third) => {
        const [a, b, c] = [observe(first), observe(second), observe(third)];
        expectClose(merge(merge(a, b), c), merge(a, merge(b, c)), tolerance);
      });
    });

    test('empty changes nothing on either side of merge', () => {
      holds((batch) => {
        expect(merge(empty, observe(batch))).toEqual(observe(batch));
        expect(merge(observe(batch), empty)).toEqual(observe(batch));
      });
    });

    test('merging observations reads as observing the concatenation', () => {
      holds((first, second) => {
        const merged = compute(merge(observe(first), observe(second)));
        expectClose(merged, compute(observe(concatenate(first, second))), tolerance);
      });
    });

    test('the state survives JSON', () => {
      holds((first, second) => {
        const state = merge(observe(first), observe(second));
        expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
        expect(JSON.parse(JSON.stringify(empty))).toStrictEqual(empty);
      });
    });

    test('observe, merge and compute leave what they are given as it was', () => {
      holds((first, second) => {
        const before = structuredClone([first, observe(first), observe(second), empty]);
        const [left, right] = [observe(first), observe(second)];
        compute(merge(left, right));
        compute(merge(empty, right));
        expect([first, left, right, empty]).toEqual(before);
      });
    });

    test('the direction is up or down', () => {
      expect(['up', 'down']).toContain(metric.direction);
    });
  });
}
