import { fold, key, permutation } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupNumbers } from './group-numbers.ts';
import { groupSplit } from './group-split.ts';
import { hashSplit } from './hash-split.ts';
import { joinGroups } from './join-groups.ts';
import { leaveOneGroupOut } from './leave-one-group-out.ts';
import type { Split } from './split.ts';

const groupColumn = fc.array(fc.constantFrom('p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', null), { maxLength: 80 });
const seeds = fc.nat(1e6);
const thirds = [0.6, 0.2, 0.2];
const sorted = ({ parts }: Pick<Split, 'parts'>) => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('groupNumbers', () => {
  it('numbers sorted values, and each missing one by itself', () => {
    const { groups, names, notes } = groupNumbers(['b', null, 'a', 'b', null]);
    expect([...groups]).toEqual([1, 2, 0, 1, 3]);
    expect(names).toEqual(['a', 'b', null, null]);
    expect(notes).toMatchObject([{ code: 'E2310', count: 2 }]);
    expect([...groupNumbers([2, '2', 1]).groups]).toEqual([1, 1, 0]);
  });
});

describe('joinGroups', () => {
  it('joins what any grouping joins, also through others', () => {
    expect([...joinGroups([0, 0, 1, 2, 3], [5, 6, 6, 7, 8])]).toEqual([0, 0, 0, 1, 2]);
    expect(() => joinGroups([0], [0, 1])).toThrow(RangeError);
  });
});

describe('groupSplit', () => {
  it('is complete and disjoint, with every group on one side and sizes off by at most the largest group', () => {
    fc.assert(
      fc.property(groupColumn, seeds, fc.boolean(), (values, seed, stratify) => {
        const labels = values.map((_, at) => ({ mood: at % 3 === 0 ? '+' : null }));
        const split = groupSplit(key(seed), values, thirds, stratify ? { labels } : {});
        expect(sorted(split)).toEqual(upTo(values.length));
        const largest = Math.max(
          1,
          ...values.map((value) => values.filter((other) => other === value && value !== null).length),
        );
        split.parts.forEach((part, at) => {
          expect(Math.abs(part.length - values.length * thirds[at]!)).toBeLessThanOrEqual(largest + 1);
        });
        const sides = split.parts.map((part) => new Set(Array.from(part, (index) => values[index]!)));
        for (const group of new Set(values)) {
          if (group !== null) expect(sides.filter((side) => side.has(group))).toHaveLength(1);
        }
        expect(groupSplit(key(seed), values, thirds, stratify ? { labels } : {})).toEqual(split);
      }),
    );
  });

  it('sends a group to the same part whatever the order of the rows', () => {
    fc.assert(
      fc.property(groupColumn, seeds, (column, seed) => {
        const values = column.filter((value) => value !== null);
        const order = permutation(fold(key(seed), 'order'), values.length);
        const shuffled = Array.from(order, (at) => values[at]!);
        const sides = (split: Split, own: readonly string[]) =>
          split.parts.map((part) => [...new Set(Array.from(part, (index) => own[index]!))].sort());
        expect(sides(groupSplit(key(seed), shuffled, thirds), shuffled)).toEqual(
          sides(groupSplit(key(seed), values, thirds), values),
        );
      }),
    );
  });

  it('keeps further groups together too', () => {
    const values = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'];
    for (let seed = 0; seed < 10; seed++) {
      const { parts } = groupSplit(key(seed), values, [0.5, 0.5], { groups: [0, 1, 1, 2, 3, 4, 5, 6] });
      expect(new Set([0, 1, 2, 3].map((index) => parts.findIndex((part) => part.includes(index))))).toHaveProperty(
        'size',
        1,
      );
    }
  });

  it('notes what cannot be done: fewer groups than parts, sizes that groups make impossible, rows without a group', () => {
    const codes = (values: (string | null)[]) => groupSplit(key(1), values, thirds).notes.map(({ code }) => code);
    expect(codes(['a', 'a', 'b', 'b', 'b', 'b'])).toEqual(['E2312', 'E2311']);
    expect(codes([...upTo(50).map((at) => `g${at}`), null])).toEqual(['E2310']);
    expect(() => groupSplit(key(1), ['a'], thirds, { labels: [] })).toThrow(RangeError);
  });
});

describe('hashSplit', () => {
  it('gives an id the same part whatever stands beside it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 40 }), fc.nat(39), seeds, (ids, cut, seed) => {
        const partOf = (list: readonly string[]) => {
          const { parts } = hashSplit(key(seed), list, thirds);
          expect(sorted({ parts })).toEqual(upTo(list.length));
          return new Map(
            parts.flatMap((part, at) => Array.from(part, (index): [string, number] => [list[index]!, at])),
          );
        };
        const whole = partOf(ids);
        for (const [id, part] of partOf(ids.slice(cut).reverse())) expect(whole.get(id)).toBe(part);
      }),
    );
  });

  it('has sizes within four standard deviations', () => {
    const { parts } = hashSplit(key(5), upTo(10_000), [0.8, 0, 0.2]);
    expect(Math.abs(parts[0]!.length - 8000)).toBeLessThan(160);
    expect(parts[1]).toHaveLength(0);
    expect(() => hashSplit(key(5), [1], [0.5])).toThrow(RangeError);
  });
});

describe('leaveOneGroupOut', () => {
  it('leaves each group out once and trains on rows without a group', () => {
    const splits = leaveOneGroupOut(['b', 'a', null, 'b']);
    expect(splits.map(({ group, parts }) => [group, ...parts.map((part) => [...part])])).toEqual([
      ['a', [0, 2, 3], [1]],
      ['b', [1, 2], [0, 3]],
    ]);
    expect(splits[0]!.notes).toEqual([
      { code: 'E2310', path: 'split', message: 'The example has no group: it trains in every split.', count: 1 },
    ]);
    expect(() => leaveOneGroupOut(['a', 'a', null])).toThrow('expected at least two');
  });

  it('refuses more splits than fit into memory', () => {
    expect(() => leaveOneGroupOut(upTo(20_000))).toThrow('use kFold with groups');
  });
});
