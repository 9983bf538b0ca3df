import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchSamplerOptions, batchSampler } from './batches.ts';
import { lengthBuckets } from './length-buckets.ts';

const take = (count: number, options: BatchSamplerOptions) => {
  const sampler = batchSampler(options);
  return Array.from({ length: count }, () => sampler.next());
};

const options = fc
  .record({
    lengths: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 40 }),
    batchSize: fc.integer({ min: 1, max: 9 }),
    bucketed: fc.boolean(),
    shuffle: fc.boolean(),
    seed: fc.nat(1000),
  })
  .map(
    ({ lengths, bucketed, seed, ...rest }): BatchSamplerOptions => ({
      ...rest,
      count: lengths.length,
      key: key(seed),
      ...(bucketed ? { lengths, buckets: [16, 32, 64] } : {}),
    }),
  );

describe('batchSampler', () => {
  it('goes through the examples in order without shuffling, the last batch short', () => {
    const batches = take(4, { count: 5, batchSize: 2, key: key(1), shuffle: false });
    expect(batches.map(({ indexes, ...rest }) => [[...indexes], rest])).toEqual([
      [[0, 1], { size: 2, epoch: 0, step: 0, last: false }],
      [[2, 3], { size: 2, epoch: 0, step: 1, last: false }],
      [[4], { size: 2, epoch: 0, step: 2, last: true }],
      [[0, 1], { size: 2, epoch: 1, step: 3, last: false }],
    ]);
  });

  it('gives every example once per epoch, within its bucket', () => {
    fc.assert(
      fc.property(options, (option) => {
        const sampler = batchSampler(option);
        for (let epoch = 0; epoch < 3; epoch++) {
          const batches = Array.from({ length: sampler.batchesPerEpoch }, () => sampler.next());
          expect(batches.map((batch) => [batch.epoch, batch.last])).toEqual(
            batches.map((_, at) => [epoch, at === batches.length - 1]),
          );
          const seen = batches.flatMap(({ indexes }) => [...indexes]).sort((a, b) => a - b);
          expect(seen).toEqual(Array.from({ length: option.count }, (_, at) => at));
          for (const { indexes, bucket, size } of batches) {
            expect(indexes.length).toBeLessThanOrEqual(size);
            for (const index of indexes) {
              const fits = [16, 32].find((bound) => (option.lengths?.[index] ?? 0) <= bound) ?? 64;
              expect(bucket).toBe(option.lengths ? fits : undefined);
            }
          }
        }
      }),
    );
  });

  it('goes on after a restore exactly where it was saved', () => {
    fc.assert(
      fc.property(options, fc.nat(30), (option, steps) => {
        const first = batchSampler(option);
        for (let step = 0; step < steps; step++) first.next();
        const second = batchSampler(option);
        second.restore(JSON.parse(JSON.stringify(first.state())));
        for (let step = 0; step < 20; step++) expect(second.next()).toEqual(first.next());
      }),
    );
  });

  it('has the order of its key, a new one in each epoch', () => {
    const option = { count: 50, batchSize: 50, key: key(1) };
    expect(take(2, option)).toEqual(take(2, option));
    const [first, second] = take(2, option);
    expect(first!.indexes).not.toEqual(second!.indexes);
    expect(first!.indexes).not.toEqual(take(1, { ...option, key: key(2) })[0]!.indexes);
  });

  it('leaves out short batches when asked, and refuses to have none', () => {
    const sizes = take(4, { count: 5, batchSize: 2, key: key(1), dropLast: true }).map(({ indexes, epoch }) => [
      indexes.length,
      epoch,
    ]);
    expect(sizes).toEqual([
      [2, 0],
      [2, 0],
      [2, 1],
      [2, 1],
    ]);
    expect(() => batchSampler({ count: 3, batchSize: 4, key: key(1), dropLast: true })).toThrow(
      'No full batch of 4 in 3 examples.',
    );
  });

  it('refuses wrong options and the state of another sampler', () => {
    const good = { count: 4, batchSize: 2, key: key(1) };
    for (const wrong of [
      { count: 0 },
      { batchSize: 1.5 },
      { lengths: [1, 2, 3, 4] },
      { lengths: [1], buckets: [8] },
      { lengths: [1, 2, 3, 4], buckets: [8, 8] },
    ]) {
      expect(() => batchSampler({ ...good, ...wrong })).toThrow(RangeError);
    }
    const sampler = batchSampler(good);
    expect(() => sampler.restore(batchSampler({ ...good, count: 5 }).state())).toThrow('E1406');
    expect(() => sampler.restore(batchSampler({ ...good, key: key(2) }).state())).toThrow(
      'Use the seed of the saved run.',
    );
  });
});

describe('lengthBuckets', () => {
  it('are quantiles rounded up to multiples of 8', () => {
    expect(lengthBuckets([1, 5, 9, 20, 21, 22, 40, 100], 4)).toEqual([8, 24, 104]);
    expect(lengthBuckets([0], 4)).toEqual([8]);
    expect(() => lengthBuckets([], 4)).toThrow(RangeError);
  });

  it('are ascending and hold the longest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(600), { minLength: 1 }), fc.integer({ min: 1, max: 8 }), (lengths, most) => {
        const buckets = lengthBuckets(lengths, most);
        expect(buckets.length).toBeLessThanOrEqual(most);
        expect(buckets).toEqual([...new Set(buckets)].sort((a, b) => a - b));
        expect(buckets.at(-1)).toBeGreaterThanOrEqual(Math.max(...lengths));
      }),
    );
  });
});
