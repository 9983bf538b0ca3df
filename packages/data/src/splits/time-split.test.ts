import { key, permutation } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeFolds, timeSplit } from './time-split.ts';
import { timeValues } from './time-values.ts';

const columns = fc.array(fc.option(fc.integer({ min: 0, max: 40 })), { maxLength: 80 });
const lists = (parts: readonly Uint32Array[]) => parts.map((part) => [...part]);

describe('timeSplit', () => {
  it('puts the past before the future by hand', () => {
    expect(lists(timeSplit([50, 10, 40, 20, 30], [0.6, 0.2, 0.2]).parts)).toEqual([[1, 3, 4], [2], [0]]);
  });

  it('is complete and disjoint, every time of a part earlier than every time of the next', () => {
    fc.assert(
      fc.property(columns, fc.constantFrom([0.6, 0.2, 0.2], [0.5, 0, 0.5], [1]), (times, fractions) => {
        const { parts, notes } = timeSplit(times, fractions);
        expect(
          lists(parts)
            .flat()
            .sort((a, b) => a - b),
        ).toEqual(times.map((_, at) => at));
        const spans = parts
          .map((part) => [...part].map((index) => times[index]!).filter((time) => time !== null))
          .filter((own) => own.length > 0);
        spans.slice(1).forEach((own, at) => {
          expect(Math.max(...spans[at]!)).toBeLessThan(Math.min(...own));
        });
        const missing = times.filter((time) => time === null).length;
        expect(notes.find(({ code }) => code === 'E2313')?.count ?? 0).toBe(missing);
        const tied = Math.max(
          0,
          ...times.map((time) => times.filter((other) => other === time && time !== null).length),
        );
        const untied = times.length - missing;
        parts.slice(1).forEach((part, at) => {
          expect(Math.abs(part.length - untied * fractions[at + 1]!)).toBeLessThanOrEqual(tied + 1);
        });
      }),
    );
  });

  it('makes no difference between orders of the rows', () => {
    fc.assert(
      fc.property(columns, fc.nat(1000), (times, seed) => {
        const order = [...permutation(key(seed), times.length)];
        const shuffled = order.map((at) => times[at]!);
        const back = timeSplit(shuffled, [0.7, 0.3]).parts.map((part) =>
          [...part].map((at) => order[at]!).sort((a, b) => a - b),
        );
        expect(back).toEqual(lists(timeSplit(times, [0.7, 0.3]).parts));
      }),
    );
  });

  it('leaves out a gap before the next part and says how much', () => {
    const { parts, notes } = timeSplit([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0.6, 0.4], { gap: 3 });
    expect(lists(parts)).toEqual([
      [0, 1, 2, 3],
      [6, 7, 8, 9],
    ]);
    expect(notes).toMatchObject([{ code: 'E2315', count: 2 }]);
  });

  it('notes parts that ties leave empty and refuses what is no time', () => {
    expect(timeSplit([3, 3, 3, 3], [0.5, 0.5]).notes).toMatchObject([{ code: 'E2314' }]);
    expect(() => timeSplit([Number.NaN], [1])).toThrow('Found NaN at 0');
    expect(() => timeSplit([1], [1], { gap: -1 })).toThrow(RangeError);
  });
});

describe('timeFolds', () => {
  it('trains on all that is before the block that validates', () => {
    const folds = timeFolds([6, 5, 4, 3, 2, 1, null], 2);
    expect(folds.map(({ parts }) => lists(parts))).toEqual([
      [
        [4, 5, 6],
        [2, 3],
      ],
      [
        [2, 3, 4, 5, 6],
        [0, 1],
      ],
    ]);
    expect(timeFolds([6, 5, 4, 3, 2, 1], 2, { gap: 2 }).map(({ parts }) => [...parts[0]!])).toEqual([[5], [3, 4, 5]]);
    expect(() => timeFolds([1], 0)).toThrow(RangeError);
  });
});

describe('timeValues', () => {
  it('reads numbers and dates of one order', () => {
    expect(timeValues(['3', 4, null, ''])).toEqual([3, 4, null, null]);
    expect(timeValues(['1970-01-02', '1970-01-01T00:00:01Z', null])).toEqual([86_400_000, 1000, null]);
    expect(timeValues(['13.01.1970', '02.01.1970'])).toEqual([12 * 86_400_000, 86_400_000]);
  });

  it('refuses what can be read in two ways or in none', () => {
    expect(() => timeValues(['01.02.1970'])).toThrow('day and month that can be exchanged');
    expect(() => timeValues(['1970-01-02', 'soon'])).toThrow('Found "soon"');
    expect(() => timeValues(['1970-01-02', 7])).toThrow(RangeError);
  });
});
