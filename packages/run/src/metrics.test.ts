import { expect, test } from 'vitest';
import { metricFor } from './metrics.ts';

test('top-k accuracy: the true label among the k most probable', () => {
  const one = (...shares: number[]) => ({
    label: 'b',
    probability: Math.max(...shares),
    probabilities: Object.fromEntries(shares.map((share, at) => ['abcdef'[at]!, share])),
  });
  // ranks of the true labels: 1, 2, 4, none, and a missing label
  const batch = {
    predicted: [one(0.1, 0.9), one(0.4, 0.6), one(0.3, 0.4, 0.2, 0.1), one(0.2, 0.8), one(0.5, 0.5)],
    actual: ['b', 'a', 'd', 'new', null],
  };
  const scoreOf = (name: Parameters<typeof metricFor>[0]) => {
    const metric = metricFor(name, 'classify');
    return metric.compute(metric.observe(batch));
  };
  expect(scoreOf('accuracy')).toBe(1 / 4);
  expect(scoreOf('top2Accuracy')).toBe(2 / 4);
  expect(scoreOf('top3Accuracy')).toBe(2 / 4);
  expect(scoreOf('top5Accuracy')).toBe(3 / 4);
});
