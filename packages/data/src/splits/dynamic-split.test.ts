import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curriculumShare, easiestExamples } from './curriculum.ts';
import { dynamicSplit } from './dynamic-split.ts';
import { stratifiedSplit } from './stratified-split.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const labels = upTo(60).map((at) => ({ topic: 'ab'[at % 2]!, mood: at % 3 === 0 ? '+' : null }));
const groups = upTo(60).map((at) => Math.floor(at / 2));
const first = stratifiedSplit(key(1), labels, [0.6, 0.2, 0.2], { groups });
const dynamic = (changes: Partial<Parameters<typeof dynamicSplit>[0]> = {}) =>
  dynamicSplit({ key: key(2), split: first, tasks: ['topic', 'mood'], labels, groups, ...changes });
const scores = fc.record({
  topic: fc.double({ min: 0, max: 1, noNaN: true }),
  mood: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('dynamicSplit', () => {
  it('never touches the test rows, whatever the results, and keeps groups whole', () => {
    fc.assert(
      fc.property(fc.array(scores, { maxLength: 8 }), (rounds) => {
        const steps = dynamic();
        let state = steps.init();
        expect(steps.split(state).parts).toEqual(first.parts);
        for (const results of rounds) {
          state = steps.advance(state, results);
          const { parts } = steps.split(state);
          expect(parts[2]).toEqual(first.parts[2]);
          expect([...parts[0]!, ...parts[1]!].sort((a, b) => a - b)).toEqual(
            [...first.parts[0]!, ...first.parts[1]!].sort((a, b) => a - b),
          );
          const trained = new Set(Array.from(parts[0]!, (row) => groups[row]!));
          expect([...parts[1]!].some((row) => trained.has(groups[row]!))).toBe(false);
        }
        const restored = JSON.parse(JSON.stringify(state));
        expect(dynamic().split(restored)).toEqual(steps.split(state));
        expect(dynamic().taskWeights(restored)).toEqual(steps.taskWeights(state));
      }),
    );
  });

  it('re-splits every so many rounds, or never', () => {
    const states = (every: number) => {
      const steps = dynamic({ every });
      let state = steps.init();
      return upTo(5).map(() => {
        const found = steps.split(state).parts.map(String).join('|');
        state = steps.advance(state, {});
        return found;
      });
    };
    const [a, b, c, d, e] = states(2);
    expect([a === b, b === c, c === d, d === e]).toEqual([true, false, true, false]);
    expect(new Set(states(0)).size).toBe(1);
  });

  it('weighs worse tasks more, by hand', () => {
    const steps = dynamic({ focus: 1, smoothing: 0.5 });
    let state = steps.advance(steps.init(), { topic: 0.9 });
    expect(steps.taskWeights(state)).toEqual({ topic: 1, mood: 1 });
    state = steps.advance(state, { topic: 0.5, mood: 0.5 });
    // κ̄ = 0.7 and 0.5: −0.3·log 0.7 = 0.1070, −0.5·log 0.5 = 0.3466, mean 0.2268
    const { topic, mood } = steps.taskWeights(state);
    expect(topic).toBeCloseTo(0.4718, 3);
    expect(mood).toBeCloseTo(1.5282, 3);
    expect(dynamic({ focus: 0 }).taskWeights(state)).toEqual({ topic: 1, mood: 1 });
  });

  it('weighs training examples by the tasks they have labels of, with mean 1', () => {
    const steps = dynamic();
    const state = steps.advance(steps.init(), { topic: 0.9, mood: 0.2 });
    const weights = steps.exampleWeights(state);
    const [training, validation, test] = steps.split(state).parts;
    expect([...training!].reduce((sum, row) => sum + weights[row]!, 0) / training!.length).toBeCloseTo(1, 10);
    for (const row of [...validation!, ...test!]) expect(weights[row]).toBe(0);
    const [both] = [...training!].filter((row) => labels[row]!.mood === '+');
    const [topicOnly] = [...training!].filter((row) => labels[row]!.mood === null);
    expect(weights[both!]).toBeGreaterThan(weights[topicOnly!]!);
  });

  it('refuses what is out of range', () => {
    for (const wrong of [{ split: { parts: [] } }, { tasks: [] }, { every: 0.5 }, { focus: -1 }, { smoothing: 0 }])
      expect(() => dynamic(wrong)).toThrow(RangeError);
    const steps = dynamic();
    expect(() => steps.advance(steps.init(), { topic: 1.5 })).toThrow('expected 0 to 1');
    expect(() => steps.advance(steps.init(), { other: 1 })).toThrow('expected tasks of topic, mood');
  });
});

describe('curriculumShare', () => {
  it('grows from the start to 1 and stays there', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('linear', 'root', 'geometric', 'step' as const),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 30, noNaN: true }),
        (pacing, start, one, other) => {
          const options = { pacing, start, rounds: 10 } as const;
          const [low, high] = [Math.min(one, other), Math.max(one, other)];
          expect(curriculumShare(0, options)).toBeCloseTo(start, 12);
          expect(curriculumShare(low, options)).toBeLessThanOrEqual(curriculumShare(high, options) + 1e-12);
          if (high >= 10) expect(curriculumShare(high, options)).toBe(1);
        },
      ),
    );
  });

  it('has the values of the formulas', () => {
    const at = (pacing: 'linear' | 'root' | 'geometric' | 'step') =>
      curriculumShare(5, { start: 0.04, rounds: 10, pacing });
    expect(at('linear')).toBeCloseTo(0.52, 12);
    expect(at('root')).toBeCloseTo(Math.sqrt(0.0016 + 0.9984 / 2), 12);
    expect(at('geometric')).toBeCloseTo(0.2, 12);
    expect(curriculumShare(4.9, { start: 0.2, rounds: 10, pacing: 'step' })).toBeCloseTo(0.4, 12);
    expect(() => curriculumShare(-1, { rounds: 10 })).toThrow(RangeError);
    expect(() => curriculumShare(0, { rounds: 10, start: 0 })).toThrow(RangeError);
  });
});

describe('easiestExamples', () => {
  it('takes the lowest losses, unseen examples first', () => {
    expect([...easiestExamples([3, 1, Number.NaN, 2, 9], 0.6)]).toEqual([1, 2, 3]);
    expect([...easiestExamples([3, 1, Number.POSITIVE_INFINITY, 2], 1)]).toEqual([0, 1, 2, 3]);
    expect(() => easiestExamples([1], 0)).toThrow(RangeError);
  });

  it('takes the share within each stratum', () => {
    expect([...easiestExamples([1, 2, 3, 4, 10, 30, 20, 40], 0.5, { strata: [0, 0, 0, 0, 1, 1, 1, 1] })]).toEqual([
      0, 1, 4, 6,
    ]);
  });

  it('only grows with the share', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.double({ min: 0.1, max: 0.5, noNaN: true }), (losses, share) => {
        const more = new Set(easiestExamples(losses, share * 2));
        for (const at of easiestExamples(losses, share)) expect(more.has(at)).toBe(true);
      }),
    );
  });
});
