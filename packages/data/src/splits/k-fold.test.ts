import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kFold } from './k-fold.ts';
import { nestedFolds } from './nested-folds.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const seeds = fc.nat(1e6);
const sorted = (indexes: Iterable<number>) => [...indexes].sort((a, b) => a - b);

describe('kFold', () => {
  it('holds every example out once per repeat and trains on the others, sizes within one of each other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 60 }),
        fc.integer({ min: 2, max: 6 }),
        seeds,
        fc.boolean(),
        (count, folds, seed, stratify) => {
          const labels = upTo(count).map((at) => ({ topic: 'abc'[at % 3]!, mood: at % 2 ? '+' : null }));
          const options = { folds, repeats: 2, ...(stratify && { labels }) };
          const splits = kFold(key(seed), count, options);
          expect(splits).toHaveLength(2 * folds);
          for (const repeat of [splits.slice(0, folds), splits.slice(folds)]) {
            expect(sorted(repeat.flatMap(({ parts }) => [...parts[1]!]))).toEqual(upTo(count));
            const sizes = repeat.map(({ parts }) => parts[1]!.length);
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
            for (const { parts } of repeat) expect(sorted([...parts[0]!, ...parts[1]!])).toEqual(upTo(count));
          }
          expect(kFold(key(seed), count, options)).toEqual(splits);
        },
      ),
    );
  });

  it('has another order in every repeat', () => {
    const [first, , second] = kFold(key(1), 40, { folds: 2, repeats: 2 });
    expect(second!.parts).not.toEqual(first!.parts);
  });

  it('keeps groups whole, with labels or without, sizes within two of the largest group', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { minLength: 40, maxLength: 80 }),
        seeds,
        fc.boolean(),
        (groups, seed, stratify) => {
          fc.pre(new Set(groups).size >= 3);
          const labels = groups.map((group) => ({ sick: group % 2 ? 'yes' : 'no' }));
          const splits = kFold(key(seed), groups.length, { folds: 3, groups, ...(stratify && { labels }) });
          const largest = Math.max(...groups.map((group) => groups.filter((other) => other === group).length));
          const sizes = splits.map(({ parts }) => parts[1]!.length);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(groups.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2 * largest + 1);
          for (const { parts } of splits) {
            const trained = new Set(Array.from(parts[0]!, (index) => groups[index]!));
            for (const index of parts[1]!) expect(trained.has(groups[index]!)).toBe(false);
          }
        },
      ),
    );
  });

  it('keeps the share of every label of several tasks within two examples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ topic: fc.constantFrom('a', 'b', 'c') }), { minLength: 30, maxLength: 90 }),
        seeds,
        (labels, seed) => {
          for (const { parts } of kFold(key(seed), labels.length, { folds: 5, labels })) {
            for (const name of ['a', 'b', 'c']) {
              const total = labels.filter(({ topic }) => topic === name).length;
              const found = [...parts[1]!].filter((index) => labels[index]!.topic === name).length;
              expect(Math.abs(found - total / 5)).toBeLessThanOrEqual(2);
            }
          }
        },
      ),
    );
  });

  it('spreads single examples over the folds and notes labels rarer than folds once per task', () => {
    const labels = upTo(40).map((at) => ({ topic: at < 10 ? `rare${at}` : 'common' }));
    const splits = kFold(key(3), 40, { folds: 4, labels });
    for (const { parts } of splits) expect([...parts[1]!].filter((index) => index < 10).length).toBeLessThanOrEqual(5);
    expect(splits[0]!.notes).toMatchObject([{ code: 'E2302', path: 'tasks.topic', count: 10 }]);
    expect(splits[0]!.notes[0]!.message).toContain('missing in some fold');
  });

  it('stratifies numbers by quantile bins', () => {
    const labels = upTo(50).map((at) => ({ price: at * at }));
    for (const { parts } of kFold(key(1), 50, { folds: 5, labels, numeric: ['price'] })) {
      const bins = [0, 0, 0, 0, 0];
      for (const index of parts[1]!) bins[Math.floor(index / 10)]!++;
      expect(bins).toEqual([2, 2, 2, 2, 2]);
    }
  });

  it('refuses too few or too many folds', () => {
    expect(() => kFold(key(1), 5, { folds: 1 })).toThrow('folds: expected an integer ≥ 2');
    expect(() => kFold(key(1), 5, { folds: 6 })).toThrow('expected at most 5, the number of examples');
    expect(() => kFold(key(1), 5, { folds: 3, groups: [0, 0, 0, 1, 1] })).toThrow(
      'expected at most 2, the number of groups',
    );
    expect(() => kFold(key(1), 5, { folds: 2, labels: [] })).toThrow(RangeError);
  });
});

describe('nestedFolds', () => {
  it('makes inner folds of the outer training part alone, groups whole at both levels', () => {
    const groups = upTo(60).map((at) => Math.floor(at / 4));
    const labels = groups.map((group) => ({ sick: group % 2 ? 'yes' : 'no' }));
    const folds = nestedFolds(key(2), 60, { outer: 3, inner: 2, groups, labels });
    expect(folds).toHaveLength(3);
    expect(sorted(folds.flatMap(({ outer }) => [...outer.parts[1]!]))).toEqual(upTo(60));
    for (const { outer, inner } of folds) {
      const training = sorted(outer.parts[0]!);
      expect(sorted(inner.flatMap(({ parts }) => [...parts[1]!]))).toEqual(training);
      for (const { parts } of inner) {
        expect(sorted([...parts[0]!, ...parts[1]!])).toEqual(training);
        const trained = new Set(Array.from(parts[0]!, (index) => groups[index]!));
        expect([...parts[1]!].some((index) => trained.has(groups[index]!))).toBe(false);
      }
    }
  });
});
