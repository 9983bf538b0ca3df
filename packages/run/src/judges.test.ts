import type { Evaluation } from '@polytask/train';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import { majorityScores, metricsOf, selectionScore } from './judges.ts';
import { tinyFile } from './testing/tiny-run.fixture.ts';

const config = (changes: Parameters<typeof tinyFile>[1] = {}) => defineRun(tinyFile('rows.jsonl', changes)).config;
const evaluation = (topic: number, sentiment: number, labels = 5): Evaluation => ({
  topic: { loss: 1, labels: 5, metrics: { accuracy: topic, macroF1: 0.25 } },
  sentiment: { loss: 1, labels, metrics: { accuracy: sentiment, macroF1: 0.5 } },
});

describe('selectionScore', () => {
  it('is the mean of the primary metrics by the weights of the tasks', () => {
    // weights 1 and ½: (0.9 + 0.5 · 0.6) / 1.5
    expect(selectionScore(config(), evaluation(0.9, 0.6))).toBeCloseTo(0.8, 12);
  });

  it('leaves out tasks without labels, and those whose metric is not defined for theirs; NaN where none is left', () => {
    expect(selectionScore(config(), evaluation(0.9, Number.NaN, 0))).toBe(0.9);
    expect(selectionScore(config(), evaluation(0.9, Number.NaN))).toBe(0.9);
    expect(selectionScore(config(), evaluation(Number.NaN, Number.NaN))).toBeNaN();
  });

  it('is one metric of one task where the run says so', () => {
    expect(selectionScore(config({ select: { task: 'sentiment' } }), evaluation(0.9, 0.6))).toBe(0.6);
    expect(selectionScore(config({ select: { task: 'topic', metric: 'macroF1' } }), evaluation(0.9, 0.6))).toBe(0.25);
  });
});

describe('quadratic kappa', () => {
  it('ranks labels as the head does, and not as keys of a record stand', () => {
    // an ordinal head answers with these probabilities: their keys stand as 0, 1, -1
    const answer = (label: string) => ({
      label,
      probability: 1,
      probabilities: { '-1': 0, '0': 0, '1': 0, [label]: 1 },
    });
    const value = (given: ReturnType<typeof metricsOf>) => {
      const { quadraticKappa } = given;
      const actual = ['-1', '-1', '0', '1', '1', '0'];
      const predicted = ['-1', '0', '0', '1', '0', '0'].map(answer);
      return quadraticKappa!.compute(quadraticKappa!.observe({ predicted, actual }));
    };
    const ordinal = config({ tasks: { topic: { type: 'ordinal', column: 'topic', metrics: ['quadraticKappa'] } } });
    // scikit-learn: cohen_kappa_score([-1, -1, 0, 1, 1, 0], [-1, 0, 0, 1, 0, 0], weights='quadratic')
    expect(value(metricsOf(ordinal, 'topic', { labels: ['-1', '0', '1'] }))).toBeCloseTo(2 / 3, 12);
  });
});

describe('majorityScores', () => {
  it('always answers the most frequent training label, and leaves out missing ones', () => {
    const counts = {
      topic: new Map([
        ['b', 3],
        ['a', 3],
        ['c', 1],
      ]),
      sentiment: new Map([['x', 1]]),
    };
    const labels = { topic: ['a', 'a', 'b', null], sentiment: [null] } as Record<string, (string | null)[]>;
    const scores = majorityScores(config(), { encoder: {}, heads: {} }, counts, (task) => labels[task]!);
    // of a: precision 2/3, recall 1, F₁ 0.8; of b: 0
    expect(scores.topic).toEqual({ label: 'a', metrics: { accuracy: 2 / 3, macroF1: expect.closeTo(0.4, 12) } });
    expect(scores.sentiment).toEqual({ label: 'x', metrics: { accuracy: null, macroF1: null } });
  });
});
