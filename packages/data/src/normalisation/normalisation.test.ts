import { hostTensor } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectRows, table } from '../table/table.ts';
import { maxAbs, minMax, robust, zScore } from './affine.ts';
import { cmvn, fitChannelMoments, restoreChannels, standardiseChannels } from './channel-moments.ts';
import { maximise } from './maximise.ts';
import { normalProbability, normalQuantile } from './normal-distribution.ts';
import golden from './normalisation.golden.json' with { type: 'json' };
import { normaliseTable } from './normalise-table.ts';
import type { Normaliser } from './normaliser.ts';
import { boxCox, yeoJohnson } from './power.ts';
import { quantileRank } from './quantile-rank.ts';
import { signedLog } from './signed-log.ts';
import { normaliseLevel } from './sound-level.ts';

const normalisers: [string, Normaliser<never>][] = [
  ['zScore', zScore()],
  ['minMax', minMax({ low: -1, high: 3 })],
  ['robust', robust()],
  ['maxAbs', maxAbs()],
  ['signedLog', signedLog()],
  ['quantileRank', quantileRank({ quantiles: 7 })],
  ['quantileRank, normal', quantileRank({ output: 'normal' })],
  ['boxCox', boxCox()],
  ['yeoJohnson', yeoJohnson()],
] as [string, Normaliser<never>][];

const positive = fc.double({ min: 0.01, max: 1000, noNaN: true });

describe.each(normalisers)('%s', (_name, normaliser) => {
  it('comes back to the training values, missing ones included, also when its specification was saved', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(positive, fc.constant(Number.NaN)), { minLength: 1, maxLength: 40 }), (values) => {
        fc.pre(values.some((value) => !Number.isNaN(value)));
        const spec = JSON.parse(JSON.stringify(normaliser.fit(values)));
        const there = normaliser.apply(values, spec as never);
        const back = normaliser.invert(there, spec as never);
        values.forEach((value, at) => {
          if (Number.isNaN(value)) expect([there[at], back[at]]).toEqual([Number.NaN, Number.NaN]);
          else {
            expect(Number.isFinite(there[at])).toBe(true);
            expect(Math.abs(back[at]! - value)).toBeLessThan(
              1e-6 * (1 + Math.abs(value)) +
                1e-5 * Math.max(...values.filter(Number.isFinite)) * Number(_name.includes('normal')),
            );
          }
        });
      }),
    );
  });
  it('never turns the order round', () => {
    fc.assert(
      fc.property(
        fc.array(positive, { minLength: 2, maxLength: 30 }),
        fc.array(positive, { minLength: 2 }),
        (training, values) => {
          const spec = normaliser.fit(training);
          const sorted = Float64Array.from(values).sort();
          const there = normaliser.apply(sorted, spec);
          for (let at = 1; at < there.length; at++)
            expect(there[at]!).toBeGreaterThanOrEqual(there[at - 1]! - 1e-9 * Math.abs(there[at]!));
        },
      ),
    );
  });
  it('gives finite numbers for a constant column, and that column back', () => {
    for (const constant of [3, 1e-9, 1e9]) {
      const spec = normaliser.fit([constant, constant, Number.NaN, constant]);
      const there = normaliser.apply([constant], spec);
      expect(Number.isFinite(there[0])).toBe(true);
      expect(normaliser.invert(there, spec)[0]! / constant).toBeCloseTo(1, 7);
    }
  });
});

describe('normalisers by hand', () => {
  const run = <Spec>(normaliser: Normaliser<Spec>, training: number[], values = training) =>
    [...normaliser.apply(values, normaliser.fit(training))].map((value) => Math.round(value * 1e6) / 1e6);
  it('scale as their formulas say', () => {
    expect(run(zScore(), [1, 3], [1, 3, 5, Number.NaN])).toEqual([-1, 1, 3, Number.NaN]);
    expect(run(minMax(), [2, 4, 6])).toEqual([0, 0.5, 1]);
    expect(run(minMax({ low: -1, high: 1 }), [2, 6], [2, 4, 8])).toEqual([-1, 0, 2]);
    expect(run(robust(), [1, 2, 3, 4, 100])).toEqual([-1, -0.5, 0, 0.5, 48.5]);
    expect(run(maxAbs(), [-4, 2])).toEqual([-1, 0.5]);
    expect(run(signedLog(), [0, Math.E - 1, 1 - Math.E])).toEqual([0, 1, -1]);
    expect(run(quantileRank(), [10, 20, 30], [5, 10, 15, 20, 30, 31])).toEqual([0, 0, 0.25, 0.5, 1, 1]);
    expect(run(quantileRank(), [1, 2, 2, 2, 3], [2])).toEqual([0.5]);
    expect(run(quantileRank({ output: 'normal' }), [1, 2, 3])).toEqual([-5.199338, 0, 5.199338]);
    expect(run(zScore(), [5, 5])).toEqual([0, 0]);
  });
  it('refuse columns without values, and Box–Cox numbers that are not positive', () => {
    for (const [, normaliser] of normalisers.filter(([name]) => name !== 'signedLog')) {
      expect(() => normaliser.fit([Number.NaN])).toThrow('E2250');
    }
    expect(() => boxCox().fit([1, 0])).toThrow('E2251');
    expect(() => boxCox().apply([-1], boxCox().fit([1, 2]))).toThrow('yeoJohnson');
    expect(() => minMax({ low: 1, high: 1 })).toThrow(RangeError);
    expect(() => quantileRank({ quantiles: 1 })).toThrow(RangeError);
  });
  it('survive the largest and smallest numbers', () => {
    for (const [name, normaliser] of normalisers) {
      if (name === 'boxCox') continue;
      const values = [-1e300, 0, 1e-300, 1e300];
      expect([name, [...normaliser.apply(values, normaliser.fit(values))].some(Number.isNaN)]).toEqual([name, false]);
    }
  });
  it('bring predictions beyond the transform back to the training range', () => {
    const normaliser = yeoJohnson();
    const values = [0.1, 0.2, 0.3, 0.5, 50];
    const spec = normaliser.fit(values);
    expect(spec.lambda).toBeLessThan(0);
    expect(normaliser.invert([1e6], spec)[0]).toBe(50);
  });
});

describe('power transforms beside scipy', () => {
  it.each(golden.power)('agree on $name', ({ values, yeoJohnson: expected, boxCox: positiveExpected }) => {
    const spec = yeoJohnson().fit(values);
    expect(spec.lambda).toBeCloseTo(expected.lambda, 5);
    yeoJohnson()
      .apply(values, spec)
      .forEach((value, at) => {
        expect(value).toBeCloseTo(expected.values[at]!, 5);
      });
    if (positiveExpected === undefined) return;
    const positiveSpec = boxCox().fit(values);
    expect(positiveSpec.lambda).toBeCloseTo(positiveExpected.lambda, 5);
    boxCox()
      .apply(values, positiveSpec)
      .forEach((value, at) => {
        expect(value).toBeCloseTo(positiveExpected.values[at]!, 5);
      });
  });
  it('agree on the normal distribution', () => {
    for (const { p, x } of golden.normalQuantile) expect(normalQuantile(p) / x || 1).toBeCloseTo(1, 12);
    for (const { p, x } of golden.normalProbability) expect(normalProbability(x)).toBeCloseTo(p, 14);
    expect([normalQuantile(0), normalQuantile(1), normalProbability(-9), normalProbability(9)]).toEqual([
      -Infinity,
      Infinity,
      0,
      1,
    ]);
  });
  it('maximise smooth functions, also those that have no value in places', () => {
    expect(maximise((x) => -((x - 1.234) ** 2), -10, 10)).toBeCloseTo(1.234, 7);
    expect(maximise((x) => (x < 3 ? Number.NaN : -x), -10, 10)).toBeCloseTo(3, 6);
  });
});

describe('normaliseTable', () => {
  const given = table({ x: [1, 3, 100, null], y: [1, 2, 3, 4], c: ['a', 'b', 'c', 'd'] });
  const normaliser = normaliseTable({ x: zScore(), y: minMax() });
  it('learns from training rows only and goes there and back', () => {
    const spec = normaliser.fit(given, [0, 1]);
    const marked = {
      ...given,
      columns: { ...given.columns, ...table({ x: [1, 3, -1e9, 77], y: [1, 2, 1e9, -1e9] }).columns },
    };
    expect(JSON.stringify(normaliser.fit(marked, [0, 1]))).toBe(JSON.stringify(spec));
    const there = normaliser.apply(given, spec);
    expect(there.columns.x!.values).toEqual(Float64Array.of(-1, 1, 98, Number.NaN));
    expect(there.columns.c).toBe(given.columns.c);
    expect(normaliser.invert(there, JSON.parse(JSON.stringify(spec)))).toEqual({
      ...given,
      columns: { ...given.columns },
    });
  });
  it('takes predicted targets back to their own unit, other columns absent', () => {
    const spec = normaliser.fit(given, [0, 1]);
    expect(normaliser.invert(table({ x: [0, 2] }), spec)).toMatchObject({
      columns: { x: { values: Float64Array.of(2, 4) } },
    });
  });
  it('refuses texts, unknown columns and the specification of another normaliser', () => {
    expect(() => normaliseTable({ c: zScore() }).fit(given, [0])).toThrow(TypeError);
    expect(() => normaliseTable({ X: zScore() }).fit(given, [0])).toThrow(RangeError);
    const other = normaliseTable({ x: maxAbs() }).fit(given, [0]);
    expect(() => normaliser.apply(selectRows(given, [0]), other)).toThrow('expected what zScore learned');
  });
});

describe('channels and sounds', () => {
  it('have moments over all tensors, bytes as 0 to 1', () => {
    const images = [hostTensor('uint8', [1, 2, 2], [0, 255, 255, 255]), hostTensor('uint8', [1, 1, 2], [255, 255])];
    const moments = fitChannelMoments(images);
    expect(moments.mean[0]).toBeCloseTo(2 / 3, 12);
    expect(moments.deviation[0]).toBeCloseTo(Math.sqrt(2) / 3, 12);
    expect([moments.mean[1], moments.deviation[1]]).toEqual([1, 0]);
    const scaled = standardiseChannels(images[0]!, moments);
    expect(scaled.data[0]).toBeCloseTo(-Math.SQRT2, 6);
    expect(scaled.data[1]).toBe(0);
    expect([...restoreChannels(scaled, moments).data].map((value) => Math.round(value * 255))).toEqual([
      0, 255, 255, 255,
    ]);
    expect(() => fitChannelMoments([])).toThrow(RangeError);
    expect(() => standardiseChannels(hostTensor('uint8', [1, 1, 3], [1, 2, 3]), moments)).toThrow(RangeError);
    expect(() => fitChannelMoments([...images, hostTensor('uint8', [1], [1])])).toThrow(RangeError);
  });
  it('have features of mean 0 and deviation 1 per recording', () => {
    const features = hostTensor('float32', [3, 2], [1, 10, 2, 10, 3, 10]);
    const { data } = cmvn(features);
    expect([...data].map((value) => Math.round(value * 1e4) / 1e4)).toEqual([-1.2247, 0, 0, 0, 1.2247, 0]);
    expect([...cmvn(features, { variance: false }).data]).toEqual([-1, 0, 0, 0, 1, 0]);
  });
  it('are brought to a level without leaving the range', () => {
    expect([...normaliseLevel(Float32Array.of(0.25, -0.5))]).toEqual([0.5, -1]);
    expect([...normaliseLevel(Float32Array.of(0.5, -0.5), { by: 'rms', level: 0.25 })]).toEqual([0.25, -0.25]);
    expect(Math.max(...normaliseLevel(Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0), { by: 'rms', level: 0.9 }))).toBe(1);
    expect([...normaliseLevel(new Float32Array(2))]).toEqual([0, 0]);
    expect(() => normaliseLevel(new Float32Array(1), { level: 2 })).toThrow(RangeError);
  });
});
