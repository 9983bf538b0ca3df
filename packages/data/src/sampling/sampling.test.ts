import { fold, key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedWeights } from './balanced-weights.ts';
import { classBalancedSampler } from './class-balanced-sampler.ts';
import { type Draw, drawExamples } from './draw-examples.ts';
import type { BatchSampler } from './epoch-sampler.ts';
import { packBatches } from './pack-batches.ts';
import { resample } from './resample.ts';
import { annealedTasks, equalTasks, roundRobinTasks, temperatureTasks } from './task-choice.ts';
import { type TaskSamplerOptions, taskSampler } from './task-sampler.ts';
import { weightedSampler } from './weighted-sampler.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const times = (list: Iterable<number>, count: number) => {
  const found = new Array<number>(count).fill(0);
  for (const index of list) found[index]!++;
  return found;
};
const epoch = (sampler: BatchSampler) => upTo(sampler.batchesPerEpoch).map(() => sampler.next());
const examples = (sampler: BatchSampler) => epoch(sampler).flatMap(({ indexes }) => [...indexes]);

describe('drawExamples', () => {
  const weights = [1, 0, 2, 5];

  it('draws in proportion to the weights with replacement', () => {
    const found = times(drawExamples(key(1), weights, 80_000, 'withReplacement'), 4);
    expect(found[1]).toBe(0);
    for (const [at, wanted] of [[0, 10_000], [2, 20_000], [3, 50_000]] as const) // biome-ignore format: pairs
      expect(Math.abs(found[at]! - wanted)).toBeLessThan(600); // 4 standard deviations
  });

  it('draws heavier examples first without replacement, none twice', () => {
    const first = [0, 0, 0, 0];
    for (let seed = 0; seed < 8000; seed++) {
      const order = drawExamples(fold(key(2), seed), weights, 3, 'withoutReplacement');
      expect(new Set(order).size).toBe(3);
      first[order[0]!]!++;
    }
    expect(first[1]).toBe(0);
    for (const [at, wanted] of [[0, 1000], [2, 2000], [3, 5000]] as const) // biome-ignore format: pairs
      expect(Math.abs(first[at]! - wanted)).toBeLessThan(180); // 4 standard deviations
  });

  it('gives each example its share rounded down or up when systematic', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 99 }),
        fc.nat(1000),
        (own, size, seed) => {
          const sum = own.reduce((total, weight) => total + weight, 0);
          fc.pre(sum > 0);
          const found = times(drawExamples(key(seed), own, size, 'systematic'), own.length);
          expect(found.reduce((total, count) => total + count, 0)).toBe(size);
          own.forEach((weight, at) => {
            const wanted = (size * weight) / sum;
            expect(found[at]).toBeGreaterThanOrEqual(Math.floor(wanted - 1e-9));
            expect(found[at]).toBeLessThanOrEqual(Math.ceil(wanted + 1e-9));
          });
        },
      ),
    );
  });
});

describe('packBatches', () => {
  it('makes as many batches whatever the lengths are, each example within its bucket', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2), { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(99),
        (numbers, size, seed) => {
          const buckets = [8, 16, 32];
          const batches = packBatches(
            upTo(numbers.length),
            size,
            { numbers: Uint32Array.from(numbers), buckets },
            key(seed),
          );
          expect(batches).toHaveLength(Math.ceil(numbers.length / size));
          expect(batches.flatMap(({ indexes }) => [...indexes]).sort((a, b) => a - b)).toEqual(upTo(numbers.length));
          for (const { indexes, bucket } of batches)
            expect(bucket).toBe(Math.max(...Array.from(indexes, (index) => buckets[numbers[index]!]!)));
        },
      ),
    );
  });
});

describe('weightedSampler', () => {
  it('refuses weights and sizes that cannot be drawn', () => {
    const good = { weights: [1, 0, 1], batchSize: 2, key: key(1) };
    for (const wrong of [
      { weights: [0, 0] },
      { weights: [1, -1] },
      { weights: [Number.NaN] },
      { batchSize: 0 },
      { epochSize: 0.5 },
      { lengths: [1, 2, 3] },
    ])
      expect(() => weightedSampler({ ...good, ...wrong })).toThrow(RangeError);
    expect(() => weightedSampler({ ...good, draw: 'withoutReplacement', epochSize: 3 })).toThrow('expected at most 2');
    expect(examples(weightedSampler({ ...good, draw: 'withoutReplacement' })).sort()).toEqual([0, 2]);
  });

  it('does not take up the position of a sampler with other weights', () => {
    const make = (weights: readonly number[], draw: Draw = 'systematic') =>
      weightedSampler({ weights, batchSize: 2, key: key(1), draw });
    expect(() => make([1, 2]).restore(make([2, 1]).state())).toThrow('E1406');
    expect(() => make([1, 2]).restore(make([1, 2], 'withReplacement').state())).toThrow(
      'Use the sampling of the saved run.',
    );
  });
});

describe('balancedWeights', () => {
  it('weighs one task by 1 / (classes · examples of the class), by hand', () => {
    const { weights, shares, notes } = balancedWeights(['a', 'a', 'a', 'b', null].map((topic) => ({ topic })));
    // three of a share 2 of 5, one b has 2 of 5, the unlabelled one keeps 1 of 5
    for (const [at, wanted] of [2 / 3, 2 / 3, 2 / 3, 2, 1].entries()) expect(weights[at]).toBeCloseTo(wanted, 9);
    expect(shares.topic!.get('b')!.before).toBeCloseTo(0.25, 12);
    expect(shares.topic!.get('b')!.after).toBeCloseTo(0.5, 9);
    expect(notes).toEqual([]);
  });

  it('balances several tasks at once where that is possible, tasks keeping their shares', () => {
    const labels = upTo(300).map((at) => ({
      topic: at % 10 < 7 ? 'x' : at % 10 < 9 ? 'y' : 'z',
      mood: at % 4 === 0 ? null : at % 7 === 0 ? '+' : '−',
    }));
    const { weights, shares, notes } = balancedWeights(labels);
    expect(notes).toEqual([]);
    for (const { after } of shares.topic!.values()) expect(after).toBeCloseTo(1 / 3, 6);
    for (const { after } of shares.mood!.values()) expect(after).toBeCloseTo(1 / 2, 6);
    expect(weights.reduce((sum, weight) => sum + weight, 0) / 300).toBeCloseTo(1, 9);
    const labelled = labels.reduce((sum, { mood }, at) => sum + (mood === null ? 0 : weights[at]!), 0);
    expect(labelled / 300).toBeCloseTo(0.75, 6);
  });

  it('moves classes part of the way with less strength and not at all with none', () => {
    const labels = ['a', 'a', 'a', 'b'].map((topic) => ({ topic }));
    expect(balancedWeights(labels, { strength: 0.5 }).shares.topic!.get('b')!.after).toBeCloseTo(0.375, 9);
    for (const weight of balancedWeights(labels, { strength: 0 }).weights) expect(weight).toBeCloseTo(1, 12);
  });

  it('says when the limit or a contradiction between tasks keeps shares from being reached', () => {
    const rare = upTo(100).map((at) => ({ topic: at === 0 ? 'rare' : 'common' }));
    const limited = balancedWeights(rare, { limit: 5 });
    expect(Math.max(...limited.weights)).toBeLessThanOrEqual(5);
    expect(limited.notes).toMatchObject([{ code: 'E2460', path: 'tasks.topic', count: 2 }]);
    const same = upTo(30).map((at) => ({ two: at < 20 ? 'a' : 'b', three: at < 20 ? (at < 10 ? 'p' : 'q') : 'r' }));
    expect(balancedWeights(same).notes.length).toBeGreaterThan(0);
  });

  it('ends no farther from the wishes than it began, and keeps weights in the limit', () => {
    const label = fc.constantFrom('a', 'b', 'c', null);
    fc.assert(
      fc.property(
        fc.array(fc.record({ topic: label }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 1, max: 20, noNaN: true }),
        (labels, limit) => {
          const { weights, shares } = balancedWeights(labels, { limit });
          expect(weights.reduce((sum, weight) => sum + weight, 0) / labels.length).toBeCloseTo(1, 6);
          for (const weight of weights) {
            expect(weight).toBeLessThanOrEqual(limit);
            expect(weight).toBeGreaterThanOrEqual(1 / limit);
          }
          const distance = (which: 'before' | 'after') =>
            [...shares.topic!.values()].reduce((sum, share) => sum + Math.abs(share[which] - share.wished), 0);
          expect(distance('after')).toBeLessThanOrEqual(distance('before') + 1e-9);
        },
      ),
    );
  });

  it('refuses what is out of range', () => {
    for (const wrong of [{ strength: 2 }, { limit: 0.5 }, { sweeps: 0 }, { tasks: ['other'] }])
      expect(() => balancedWeights([{ topic: 'a' }], wrong)).toThrow(RangeError);
  });
});

describe('resample', () => {
  it('over-samples without losing and under-samples without repeating', () => {
    const { weights } = balancedWeights(upTo(40).map((at) => ({ topic: at < 30 ? 'a' : 'b' })));
    const [over, under, same] = (['over', 'under', 'same'] as const).map((how) =>
      times(resample(key(1), weights, how), 40),
    );
    expect(Math.min(...over!)).toBe(1);
    expect(over!.slice(30)).toEqual(upTo(10).fill(3));
    expect(Math.max(...under!)).toBe(1);
    expect(under!.slice(0, 30).reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(same!.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(() => resample(key(1), [0], 'over')).toThrow(RangeError);
  });
});

describe('classBalancedSampler', () => {
  it('gives every class of every task about as many examples', () => {
    const labels = upTo(200).map((at) => ({ topic: at % 10 ? 'a' : 'b', mood: at % 7 ? '+' : '−' }));
    const found = examples(classBalancedSampler({ labels, batchSize: 16, key: key(1) }));
    expect(found).toHaveLength(200);
    expect(Math.abs(found.filter((at) => labels[at]!.topic === 'b').length - 100)).toBeLessThanOrEqual(12);
    expect(Math.abs(found.filter((at) => labels[at]!.mood === '−').length - 100)).toBeLessThanOrEqual(12);
  });
});

describe('task choices', () => {
  it('temperature: p ∝ min(n, cap)^(1/T), by hand', () => {
    expect(temperatureTasks({ temperature: 1 }).shares([30, 10], 0)).toEqual([0.75, 0.25]);
    expect(temperatureTasks({ temperature: 2 }).shares([90, 10], 0)).toEqual([0.75, 0.25]);
    expect(temperatureTasks({ temperature: 1, cap: 20 }).shares([90, 10], 0)[0]).toBeCloseTo(2 / 3, 12);
    expect(temperatureTasks({ temperature: Number.POSITIVE_INFINITY }).shares([90, 10], 0)).toEqual([0.5, 0.5]);
  });

  it('annealed: the exponents of PALs, 1 to 0.2, and the last from then on', () => {
    const { shares } = annealedTasks({ to: 5, epochs: 5 });
    for (const [epochNumber, exponent] of [
      [0, 1],
      [2, 0.6],
      [4, 0.2],
      [9, 0.2],
    ] as const) {
      // biome-ignore format: pairs
      const [large, small] = shares([1000, 10], epochNumber);
      expect(Math.log(large! / small!) / Math.log(100)).toBeCloseTo(exponent, 9);
    }
  });

  it('refuses what is no temperature, cap or number of epochs', () => {
    for (const wrong of [
      () => temperatureTasks({ temperature: 0 }),
      () => temperatureTasks({ temperature: 1, cap: 0 }),
      () => annealedTasks({ to: -1, epochs: 2 }),
      () => annealedTasks({ to: 2, epochs: 0 }),
    ])
      expect(wrong).toThrow(RangeError);
  });
});

describe('taskSampler', () => {
  const tasks = { big: upTo(60), small: [60, 61, 62, 63, 64, 65] };
  const make = (changes: Partial<TaskSamplerOptions> = {}) =>
    taskSampler({ count: 66, tasks, choose: equalTasks(), batchSize: 4, key: key(1), ...changes });

  it('takes turns, going on with the next task in the next epoch', () => {
    const sampler = make({ choose: roundRobinTasks(), batchesPerEpoch: 3 });
    expect(upTo(7).map(() => sampler.next().task)).toEqual(['big', 'small', 'big', 'small', 'big', 'small', 'big']);
  });

  it('has batches of one task with sizes of their own', () => {
    for (const { task, indexes, size } of epoch(make({ batchSize: { big: 5, small: 2 } }))) {
      expect(size).toBe(task === 'big' ? 5 : 2);
      expect(indexes).toHaveLength(size);
      expect([...indexes].every((index) => index < 60 === (task === 'big'))).toBe(true);
    }
  });

  it('goes through all examples of a task before it repeats one, also across epochs', () => {
    const sampler = make({ choose: roundRobinTasks(), batchesPerEpoch: 4 });
    const found = upTo(30).flatMap(() => {
      const { task, indexes } = sampler.next();
      return task === 'big' ? [...indexes] : [];
    });
    expect([...found].sort((a, b) => a - b)).toEqual(upTo(60));
  });

  it('draws tasks as often as the choice says, per batch and per example', () => {
    for (const per of ['batch', 'example'] as const) {
      const sampler = make({ per, choose: temperatureTasks({ temperature: 2 }), batchesPerEpoch: 4000 });
      const large = examples(sampler).filter((index) => index < 60).length / 16_000;
      // √60 / (√60 + √6) = 0.7597; 4 standard deviations of 4000 draws
      expect(Math.abs(large - 0.7597)).toBeLessThan(0.027);
    }
  });

  it('mixes tasks in a batch when each example is drawn', () => {
    const batches = epoch(make({ per: 'example', batchSize: 20, batchesPerEpoch: 5 }));
    expect(batches.every(({ task }) => task === undefined)).toBe(true);
    expect(
      batches.every(({ indexes }) => indexes.some((index) => index < 60) && indexes.some((index) => index >= 60)),
    ).toBe(true);
  });

  it('refuses tasks, indexes and sizes that cannot be', () => {
    for (const wrong of [
      { tasks: {} },
      { tasks: { big: [] } },
      { tasks: { big: [66] } },
      { batchSize: { big: 3 } },
      { batchSize: { big: 3, small: 3 }, per: 'example' as const },
      { batchesPerEpoch: 0 },
    ])
      expect(() => make(wrong)).toThrow(RangeError);
  });
});
