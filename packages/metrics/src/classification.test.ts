import { describe, expect, test } from 'vitest';
import { accuracyScore } from './accuracy.ts';
import golden from './classification.golden.json' with { type: 'json' };
import { classificationReport } from './classification-report.ts';
import { confusionMatrix } from './confusion-matrix.ts';
import { f1Score } from './f1-score.ts';
import { precisionScore } from './precision.ts';
import { recallScore } from './recall.ts';
import { expectClose } from './testing/close.ts';

describe.each(golden.cases)(`$name, as ${golden.generator} computes it`, ({ predicted, actual, labels, expected }) => {
  const chosen = labels ? { labels } : {};

  test('accuracy', () => {
    expect(accuracyScore(predicted, actual)).toBeCloseTo(expected.accuracy, 14);
  });

  test.each(['macro', 'micro', 'weighted'] as const)('%s averages', (average) => {
    const options = { average, ...chosen };

    const found = {
      precision: precisionScore(predicted, actual, options),
      recall: recallScore(predicted, actual, options),
      f1Score: f1Score(predicted, actual, options),
    };

    expectClose(found, expected[average], 1e-14);
  });

  test('each label alone', () => {
    for (const [label, scores] of Object.entries(expected.perClass)) {
      const options = { average: { label } };
      expect(precisionScore(predicted, actual, options)).toBeCloseTo(scores.precision, 14);
      expect(recallScore(predicted, actual, options)).toBeCloseTo(scores.recall, 14);
      expect(f1Score(predicted, actual, options)).toBeCloseTo(scores.f1Score, 14);
    }
  });

  test('the report holds the same numbers', () => {
    const metric = classificationReport(chosen);

    const { support, ...report } = metric.compute(metric.observe({ predicted, actual }));

    const { confusion, ...scores } = expected;
    expectClose(report, scores, 1e-14);
    expect(support).toBe(actual.length);
  });

  test('the confusion matrix', () => {
    const metric = confusionMatrix();

    expect(metric.compute(metric.observe({ predicted, actual }))).toEqual(expected.confusion);
  });
});
