import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLabels, fitLabels, labelVocabulary } from './labels.ts';

describe('labels', () => {
  it('are sorted by value when all are numbers and by code unit otherwise', () => {
    expect(fitLabels(['10', 9, null, '1', undefined, 9])).toEqual({ labels: ['1', '9', '10'] });
    expect(fitLabels(['b', 'a', 'B', '10', '9'])).toEqual({ labels: ['10', '9', 'B', 'a', 'b'] });
  });

  it('do not depend on the order of the rows and come back from their classes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1 }), (values) => {
        const spec = fitLabels(values);
        expect(fitLabels([...values].reverse())).toEqual(spec);
        const vocabulary = labelVocabulary(spec);
        for (const value of values) expect(vocabulary.decode(vocabulary.encode(value))).toBe(String(value));
      }),
    );
  });

  it('that training did not have are −1 and counted', () => {
    const vocabulary = labelVocabulary({ labels: ['a', 'b'] }, 'topic');
    const { classes, problems } = vocabulary.encodeAll(['b', 'c', null, 'c', 'a', 'toString']);
    expect([...classes]).toEqual([1, -1, -1, -1, 0, -1]);
    expect(problems).toMatchObject([
      { code: 'E2304', path: 'tasks.topic', count: 2, message: expect.stringContaining('"c"') },
      { code: 'E2304', count: 1 },
    ]);
    expect(labelVocabulary({ labels: ['sports', 'news'] }).encodeAll(['sportz', 'x']).problems).toMatchObject([
      { fix: 'Did you mean "sports"?' },
      expect.not.objectContaining({ fix: expect.anything() }),
    ]);
    const many = vocabulary.encodeAll(['c', 'd', 'e', 'f', 'g', 'h', 'g', 'a']).problems;
    expect(many.map(({ count }) => count)).toEqual([1, 1, 1, 1, 3]);
    expect(many.at(-1)!.message).toMatch(/^2 more labels, such as "g", are not among the training labels either/);
    expect(vocabulary.encodeAll(['c', 'd', 'e', 'f', 'g']).problems.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
    expect(() => vocabulary.decode(2)).toThrow('Expected a class from 0 to 1. Found 2.');
  });

  it('need to be two for a task to be learnt', () => {
    expect(() => checkLabels('topic', ['a', null, 'b'])).not.toThrow();
    expect(() => checkLabels('topic', ['a', 'a'])).toThrow('E2301 tasks.topic: Expected at least two distinct labels');
    expect(() => checkLabels('topic', [null])).toThrow('Found no labels.');
  });
});
