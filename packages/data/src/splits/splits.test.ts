import { key, permutation } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateGroups } from './duplicate-groups.ts';
import { fixedSplit } from './fixed-split.ts';
import { quantileBins } from './quantile-bins.ts';
import { randomSplit } from './random-split.ts';
import { partSizes, type Split } from './split.ts';
import { stratifiedSplit } from './stratified-split.ts';

const fractionLists = fc.constantFrom([0.8, 0.1, 0.1], [0.7, 0.3], [1], [0.5, 0, 0.5], [0.34, 0.33, 0.33]);
const label = fc.constantFrom('a', 'b', 'c', null);
const rows = fc.array(fc.record({ topic: label, mood: fc.constantFrom('+', '−', null) }), { maxLength: 120 });
const seeds = fc.integer({ min: 0, max: 1e6 });

const everyIndex = ({ parts }: Split) => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Σ over labels and parts of |found − proportional|. */
function deviation(
  labels: readonly Record<string, string | null>[],
  { parts }: Split,
  fractions: readonly number[],
): number {
  const count = (indexes: Iterable<number>) => {
    const counts = new Map<string, number>();
    for (const index of indexes) {
      for (const [task, value] of Object.entries(labels[index]!))
        counts.set(`${task} ${value}`, (counts.get(`${task} ${value}`) ?? 0) + 1);
    }
    return counts;
  };
  const found = parts.map((part) => count(part));
  let sum = 0;
  for (const [name, total] of count(labels.keys())) {
    fractions.forEach((fraction, part) => {
      sum += Math.abs((found[part]!.get(name) ?? 0) - total * fraction);
    });
  }
  return sum;
}

describe('partSizes', () => {
  it('rounds by largest remainder', () => {
    expect(partSizes(10, [0.8, 0.1, 0.1])).toEqual([8, 1, 1]);
    expect(partSizes(11, [0.8, 0.1, 0.1])).toEqual([9, 1, 1]);
    expect(partSizes(0, [1, 0])).toEqual([0, 0]);
    for (const wrong of [[0.5, 0.4], [-0.1, 1.1], [0, 1], []]) expect(() => partSizes(5, wrong)).toThrow(RangeError);
  });
});

describe('every split', () => {
  it('is disjoint and complete, has the sizes asked for and is the same for the same key', () => {
    fc.assert(
      fc.property(rows, fractionLists, seeds, (labels, fractions, seed) => {
        const count = labels.length;
        const splits = [
          () => randomSplit(key(seed), count, fractions),
          () => stratifiedSplit(key(seed), labels, fractions),
        ];
        for (const split of splits) {
          const found = split();
          expect(everyIndex(found)).toEqual(upTo(count));
          expect(found.parts.map((part) => part.length)).toEqual(partSizes(count, fractions));
          expect(split()).toEqual(found);
        }
      }),
    );
  });

  it('keeps a group on one side, with sizes off by at most the largest group', () => {
    fc.assert(
      fc.property(
        rows,
        fractionLists,
        seeds,
        fc.array(fc.nat(40), { minLength: 120, maxLength: 120 }),
        (labels, fractions, seed, numbers) => {
          const groups = numbers.slice(0, labels.length);
          const largest = Math.max(0, ...groups.map((group) => groups.filter((other) => other === group).length));
          const sizes = partSizes(labels.length, fractions);
          for (const split of [
            randomSplit(key(seed), labels.length, fractions, { groups }),
            stratifiedSplit(key(seed), labels, fractions, { groups }),
          ]) {
            expect(everyIndex(split)).toEqual(upTo(labels.length));
            const sides = split.parts.map((part) => new Set(Array.from(part, (index) => groups[index]!)));
            for (const group of new Set(groups)) expect(sides.filter((side) => side.has(group))).toHaveLength(1);
            split.parts.forEach((part, at) => {
              if (fractions[at] === 0) expect(part).toHaveLength(0);
              expect(Math.abs(part.length - sizes[at]!)).toBeLessThanOrEqual(largest);
            });
          }
        },
      ),
    );
  });

  it('differs from key to key', () => {
    const labels = upTo(40).map((at) => ({ topic: 'ab'[at % 2]! }));
    expect(randomSplit(key(1), 40, [0.5, 0.5])).not.toEqual(randomSplit(key(2), 40, [0.5, 0.5]));
    expect(stratifiedSplit(key(1), labels, [0.5, 0.5])).not.toEqual(stratifiedSplit(key(2), labels, [0.5, 0.5]));
  });
});

describe('stratifiedSplit', () => {
  it('gives every part its share of a label by hand', () => {
    const labels = upTo(20).map((at) => ({ topic: at < 10 ? 'a' : 'b', mood: at % 2 === 0 ? '+' : null }));
    const { parts, notes } = stratifiedSplit(key(3), labels, [0.8, 0.2]);
    expect(deviation(labels, { parts, notes }, [0.8, 0.2])).toBe(0);
    expect(notes).toEqual([]);
  });

  it('stays within two of the proportional number of every label of a task', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ topic: fc.constantFrom('a', 'b', 'c') }), { minLength: 30, maxLength: 120 }),
        seeds,
        (labels, seed) => {
          const fractions = [0.8, 0.1, 0.1];
          const { parts } = stratifiedSplit(key(seed), labels, fractions);
          for (const name of ['a', 'b', 'c']) {
            const total = labels.filter(({ topic }) => topic === name).length;
            parts.forEach((part, at) => {
              const found = [...part].filter((index) => labels[index]!.topic === name).length;
              expect(Math.abs(found - total * fractions[at]!)).toBeLessThanOrEqual(2);
            });
          }
        },
      ),
    );
  });

  it('is several times nearer to proportion than a random split', () => {
    const fractions = [0.8, 0.1, 0.1];
    let stratified = 0;
    let random = 0;
    for (let seed = 0; seed < 20; seed++) {
      const order = randomSplit(key(seed), 300, [0.5, 0.5]).parts[0]!;
      const inFirst = new Set(order);
      const labels = upTo(300).map((at) => ({
        topic: 'abcde'[(at * at) % 5]!,
        mood: inFirst.has(at) ? '+' : null,
        rare: at % 31 ? null : 'r',
      }));
      stratified += deviation(labels, stratifiedSplit(key(seed), labels, fractions), fractions);
      random += deviation(labels, randomSplit(key(seed), 300, fractions), fractions);
    }
    expect(stratified).toBeLessThan(random / 3);
  });

  it('cuts numbers into quantile bins where asked, and refuses what is no number', () => {
    const labels = upTo(50).map((at) => ({ price: at ** 3 }));
    const { parts } = stratifiedSplit(key(1), labels, [0.6, 0.4], { numeric: ['price'], bins: 5 });
    const inBins = parts.map((part) =>
      upTo(5).map((bin) => part.filter((index) => Math.floor(index / 10) === bin).length),
    );
    expect(inBins).toEqual([[6, 6, 6, 6, 6], [4, 4, 4, 4, 4]]); // biome-ignore format: a table
    expect(() => stratifiedSplit(key(1), [{ price: 'dear' }], [1], { numeric: ['price'] })).toThrow(RangeError);
    expect(() => stratifiedSplit(key(1), [{ price: 1 }], [1], { numeric: ['price'], bins: 0 })).toThrow(RangeError);
  });

  it('takes several labels at once for several strata', () => {
    const labels = upTo(40).map((at) => ({ tags: [...(at % 2 ? ['odd'] : []), ...(at % 4 === 0 ? ['four'] : [])] }));
    const { parts } = stratifiedSplit(key(1), labels, [0.5, 0.5]);
    const share = (tag: string) =>
      parts.map((part) => part.filter((index) => labels[index]!.tags.includes(tag)).length);
    expect([share('odd'), share('four')]).toEqual([[10, 10], [5, 5]]); // biome-ignore format: a table
  });

  it('keeps the share of pairs of labels better in the second order', () => {
    let [first, second] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const draw = permutation(key(seed), 240);
      const labels = upTo(240).map((at) => ({ a: `${draw[at]! % 5}`, b: `${draw[draw[at]!]! % 6}` }));
      const pairs = labels.map(({ a, b }) => ({ pair: `${a}${b}` }));
      const fractions = [0.7, 0.3];
      first += deviation(pairs, stratifiedSplit(key(seed), labels, fractions), fractions);
      second += deviation(pairs, stratifiedSplit(key(seed), labels, fractions, { order: 2 }), fractions);
    }
    expect(second).toBeLessThan(first / 2);
  });

  it('notes parts that groups make much larger or smaller than asked for', () => {
    const labels = upTo(20).map(() => ({ topic: 'a' }));
    const groups = upTo(20).map((at) => at >> 1);
    expect(stratifiedSplit(key(1), labels, [0.4, 0.6], { groups }).notes).toEqual([]);
    expect(stratifiedSplit(key(1), labels, [0.5, 0.25, 0.25], { groups: upTo(20).fill(0) }).notes).toMatchObject([
      { code: 'E2302' },
      {
        code: 'E2311',
        message: 'Groups that stay together make parts of 20/0/0 examples where 10/5/5 were asked for.',
      },
    ]);
  });

  it('puts the only example of a label into training and notes it', () => {
    const labels = upTo(30).map((at) => ({ topic: at === 17 ? 'lonely' : at < 2 ? 'pair' : 'common' }));
    for (let seed = 0; seed < 10; seed++) {
      const { parts, notes } = stratifiedSplit(key(seed), labels, [0.4, 0.3, 0.3]);
      expect([...parts[0]!]).toContain(17);
      expect(notes).toEqual([
        {
          code: 'E2302',
          path: 'tasks.topic',
          message: 'Labels with a single example go to the training part while it has room: "lonely".',
          count: 1,
        },
        {
          code: 'E2302',
          path: 'tasks.topic',
          message: 'Labels with fewer examples than there are parts (3) are missing in some part: "pair".',
          count: 1,
        },
      ]);
    }
  });
});

describe('duplicateGroups', () => {
  it('joins texts that are equal but for case, width and white space', () => {
    expect([...duplicateGroups(['Hello  World', 'x', 'hello\tworld ', 'ｘ', 'y'])]).toEqual([0, 1, 0, 1, 2]);
    expect([...duplicateGroups([['a', 'b'], ['a b'], ['A', 'b']])]).toEqual([0, 1, 0]);
  });
});

describe('fixedSplit', () => {
  it('numbers the files one after the other', () => {
    expect(fixedSplit([2, 1, 0]).parts.map((part) => [...part])).toEqual([[0, 1], [2], []]);
  });
});

describe('quantileBins', () => {
  it('cuts numbers into bins of equal size and keeps missing ones', () => {
    expect(quantileBins([5, 1, null, 3, 2, 4, 6], 3)).toEqual([2, 0, null, 1, 0, 1, 2]);
    expect(quantileBins([null], 3)).toEqual([null]);
  });
});
