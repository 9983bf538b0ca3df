import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poolSampler } from './pool-sampler.ts';

const options = {
  name: 'test',
  count: 20,
  batchSize: 3,
  epochSize: 10,
  key: key(5),
  first: 4,
  pool: (epoch: number, size: number) => Array.from({ length: size }, (_, at) => (at + epoch) % 20),
};

const epochOf = (sampler: ReturnType<typeof poolSampler<number>>): number[] =>
  Array.from({ length: sampler.batchesPerEpoch }, () => [...sampler.next().indexes]).flat();

describe('poolSampler', () => {
  it('goes through the pool of each epoch, again where it is small, and has always as many batches', () => {
    const sampler = poolSampler(options);
    const first = epochOf(sampler);
    expect(first).toHaveLength(10);
    const times = [0, 1, 2, 3].map((one) => first.filter((other) => other === one).length);
    expect(times.every((count) => count === 2 || count === 3)).toBe(true);
    sampler.choose(15);
    const second = epochOf(sampler);
    expect(new Set(second).size).toBe(10);
    expect(second.every((one) => one >= 1 && one < 16)).toBe(true);
  });

  it('goes on from any position with the choice that was made', () => {
    fc.assert(
      fc.property(fc.nat(7), fc.integer({ min: 1, max: 20 }), (taken, size) => {
        const [one, other] = [poolSampler(options), poolSampler(options)];
        epochOf(one);
        one.choose(size);
        for (let at = 0; at < taken; at++) one.next();
        other.restore(JSON.parse(JSON.stringify(one.state())));
        for (let at = 0; at < 6; at++) expect(other.next()).toEqual(one.next());
      }),
    );
  });

  it('refuses what it cannot do', () => {
    expect(() => poolSampler({ ...options, epochSize: 0 })).toThrow('epochSize: expected a positive integer. Found 0.');
    expect(() => poolSampler({ ...options, pool: () => [] }).next()).toThrow('expected an example in epoch 0');
    const begun = poolSampler(options);
    begun.next();
    expect(() => begun.choose(3)).toThrow('expected the end of an epoch');
    expect(() => poolSampler({ ...options, name: 'other' }).restore(begun.state())).toThrow('another sampler');
  });
});
