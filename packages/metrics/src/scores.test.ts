import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cohenKappa, matthewsCorrelation } from './agreement.ts';
import type { Metric } from './metric.ts';
import * as regression from './numbers/regression.ts';
import { spearmanCorrelation } from './numbers/spearman.ts';
import { expectedCalibrationError } from './probabilities/calibration-error.ts';
import { averagePrecision, rocAuc } from './probabilities/ranking.ts';
import { brierScore, logLoss, perplexity, topKAccuracy } from './probabilities/scoring.ts';
import golden from './scores.golden.json' with { type: 'json' };
import { pairedPermutationTest } from './statistics/permutation-test.ts';
import { deltaM, deltaP } from './tasks/delta.ts';
import { arbitraryLabelBatch } from './testing/arbitrary-batches.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';
import { edits } from './texts/edits.ts';
import { characterErrorRate, wordErrorRate } from './texts/error-rate.ts';
import { unweightedAverageRecall } from './unweighted-average-recall.ts';

const scoreOf = <Batch, State>({ observe, compute }: Metric<Batch, State, number>, batch: Batch) =>
  compute(observe(batch));

const arbitraryNumbers = fc
  .array(
    fc.record({ predicted: fc.integer({ min: -9, max: 9 }), actual: fc.option(fc.integer({ min: -9, max: 9 })) }),
    {
      maxLength: 8,
    },
  )
  .map((rows) => ({ predicted: rows.map((row) => row.predicted), actual: rows.map((row) => row.actual) }));
const arbitraryDistributions = fc
  .array(
    fc.record({ share: fc.integer({ min: 0, max: 8 }), actual: fc.option(fc.constantFrom('a', 'b', '__proto__')) }),
    { maxLength: 8 },
  )
  .map((rows) => ({
    probabilities: rows.map(({ share }) => ({ a: share / 8, b: 1 - share / 8 })),
    actual: rows.map((row) => row.actual),
  }));
const arbitraryTexts = fc
  .array(fc.record({ predicted: text(), actual: fc.option(text()) }), { maxLength: 5 })
  .map((rows) => ({ predicted: rows.map((row) => row.predicted), actual: rows.map((row) => row.actual) }));
function text() {
  return fc.array(fc.constantFrom('a', 'b', 'ab', 'é'), { maxLength: 5 }).map((words) => words.join(' '));
}

for (const metric of Object.values(regression)) describeMetricLaws(metric(), arbitraryNumbers, { tolerance: 1e-8 });
describeMetricLaws(spearmanCorrelation(), arbitraryNumbers, { tolerance: 1e-8 });
for (const metric of [logLoss(), perplexity(), brierScore(), topKAccuracy(1)])
  describeMetricLaws(metric, arbitraryDistributions, { tolerance: 1e-9 });
describeMetricLaws(expectedCalibrationError(), arbitraryDistributions, { tolerance: 1e-9 });
for (const metric of [rocAuc(), averagePrecision(), rocAuc({ positive: 'a' })])
  describeMetricLaws(metric, arbitraryDistributions);
for (const metric of [cohenKappa(), matthewsCorrelation()]) describeMetricLaws(metric, arbitraryLabelBatch);
describeMetricLaws(unweightedAverageRecall(), arbitraryLabelBatch);
for (const metric of [wordErrorRate(), characterErrorRate()]) describeMetricLaws(metric, arbitraryTexts);

describe.each(golden.cases)('$name, as scikit-learn has it', (example) => {
  const batch = {
    probabilities: example.probabilities.map((row) =>
      Object.fromEntries(row.map((value, at) => [example.labels[at]!, value])),
    ),
    actual: example.actual,
  };
  const labels = { predicted: example.predicted, actual: example.actual };
  const last = example.labels.at(-1)!;

  test('probabilities', () => {
    expect(scoreOf(logLoss(), batch)).toBeCloseTo(example.logLoss, 10);
    expect(scoreOf(perplexity(), batch)).toBeCloseTo(Math.exp(example.logLoss), 9);
    expect(scoreOf(brierScore(), batch)).toBeCloseTo(example.brier, 10);
    expect(scoreOf(rocAuc(), batch)).toBeCloseTo(example.rocAucMacro, 10);
    expect(scoreOf(rocAuc({ average: 'weighted' }), batch)).toBeCloseTo(example.rocAucWeighted, 10);
    expect(scoreOf(rocAuc({ positive: last }), batch)).toBeCloseTo(example.rocAucLast, 10);
    expect(scoreOf(averagePrecision(), batch)).toBeCloseTo(example.averagePrecisionMacro, 10);
    expect(scoreOf(averagePrecision({ positive: last }), batch)).toBeCloseTo(example.averagePrecisionLast, 10);
    if (!example.name.includes('ties')) expect(scoreOf(topKAccuracy(2), batch)).toBeCloseTo(example.top2, 10);
  });

  test('labels', () => {
    expect(scoreOf(cohenKappa(), labels)).toBeCloseTo(example.kappa, 10);
    expect(scoreOf(matthewsCorrelation(), labels)).toBeCloseTo(example.matthews, 10);
    expect(scoreOf(unweightedAverageRecall(), labels)).toBeCloseTo(example.uar, 10);
  });
});

test.each(golden.numbers)('numbers $name, as scikit-learn and SciPy have it', (example) => {
  expect(scoreOf(regression.meanSquaredError(), example)).toBeCloseTo(example.mse, 8);
  expect(scoreOf(regression.rootMeanSquaredError(), example)).toBeCloseTo(Math.sqrt(example.mse), 8);
  expect(scoreOf(regression.meanAbsoluteError(), example)).toBeCloseTo(example.mae, 8);
  expect(scoreOf(regression.r2Score(), example)).toBeCloseTo(example.r2, 8);
  expect(scoreOf(regression.explainedVariance(), example)).toBeCloseTo(example.explainedVariance, 8);
  expect(scoreOf(regression.pearsonCorrelation(), example)).toBeCloseTo(example.pearson, 8);
  expect(scoreOf(spearmanCorrelation(), example)).toBeCloseTo(example.spearman, 8);
});

describe('error rates', () => {
  const rate = (metric: ReturnType<typeof wordErrorRate>, actual: string, predicted: string) =>
    scoreOf(metric, { predicted: [predicted], actual: [actual] });

  test('by hand', () => {
    expect(edits(['a', 'b', 'c'], ['a', 'x', 'c', 'd'])).toEqual({ substitutions: 1, deletions: 0, insertions: 1 });
    expect(rate(wordErrorRate(), 'the cat sat on the mat', 'the cat sit on mat')).toBeCloseTo(2 / 6, 12);
    expect(rate(characterErrorRate(), 'the cat sat', 'the cat sit')).toBeCloseTo(1 / 11, 12);
    // of a corpus: (1 + 2) / (1 + 3) words, not the mean of 1 and 2/3
    const batch = { actual: ['yes', 'a b c', null], predicted: ['no', 'a', 'left out'] };
    expect(scoreOf(wordErrorRate(), batch)).toBeCloseTo(3 / 4, 12);
  });

  test('empty references count what was inserted', () => {
    expect(rate(wordErrorRate(), '', '')).toBe(0);
    expect(rate(wordErrorRate(), '', 'silence')).toBe(1);
    expect(rate(wordErrorRate(), '', 'peaceful silence')).toBe(2);
    expect(rate(characterErrorRate(), '', 'abcde')).toBe(5);
    expect(rate(wordErrorRate(), 'one', 'one two three')).toBe(2);
    expect(scoreOf(wordErrorRate(), { actual: [null], predicted: ['x'] })).toBeNaN();
  });

  test('edits are as few as a distance may be', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
    fc.assert(
      fc.property(words, words, (one, other) => {
        const { substitutions, deletions, insertions } = edits(one, other);
        const back = edits(other, one);
        expect(one.length - deletions + insertions).toBe(other.length);
        expect(substitutions + deletions + insertions).toBe(back.substitutions + back.deletions + back.insertions);
        expect(substitutions + deletions + insertions).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
      { seed: 1 },
    );
  });
});

test('recall is averaged over the classes of the references alone', () => {
  const matrix = [
    [8, 2, 0],
    [1, 1, 0],
    [0, 1, 1],
  ];
  const pairs = matrix.flatMap((row, actual) =>
    row.flatMap((count, predicted) => Array.from({ length: count }, () => [actual, predicted])),
  );
  const batch = {
    actual: pairs.map(([actual]) => `${actual}`),
    predicted: pairs.map(([, predicted]) => `${predicted}`),
  };
  expect(scoreOf(unweightedAverageRecall(), batch)).toBeCloseTo(0.6, 12);
  expect(scoreOf(unweightedAverageRecall(), { actual: ['a', 'a'], predicted: ['a', 'z'] })).toBe(0.5);
});

test('confidence that is always right by as much as it says has no calibration error', () => {
  const probabilities = Array.from({ length: 4 }, () => ({ a: 0.75, b: 0.25 }));
  expect(scoreOf(expectedCalibrationError(), { probabilities, actual: ['a', 'a', 'a', 'b'] })).toBeCloseTo(0, 12);
  expect(scoreOf(expectedCalibrationError(), { probabilities, actual: ['b', 'b', 'b', 'b'] })).toBeCloseTo(0.75, 12);
});

test('wrong input is named', () => {
  expect(() => scoreOf(regression.r2Score(), { predicted: [1], actual: [] })).toThrow('1 predicted and 0 actual');
  expect(() => scoreOf(regression.r2Score(), { predicted: [Number.NaN], actual: [1] })).toThrow(
    'expected finite numbers',
  );
  expect(() => scoreOf(logLoss(), { probabilities: [{ a: 2 }], actual: ['a'] })).toThrow(
    'expected probabilities from 0 to 1',
  );
  expect(() => scoreOf(logLoss(), { probabilities: [], actual: ['a'] })).toThrow('Found 0 and 1');
  expect(() => topKAccuracy(0)).toThrow('k: expected');
  expect(() => expectedCalibrationError({ bins: 0 })).toThrow('bins: expected');
  expect(() => rocAuc({ average: 'micro' as never })).toThrow('average: expected');
  expect(scoreOf(rocAuc(), { probabilities: [{ a: 1 }], actual: ['a'] })).toBeNaN();
});

describe('gains of several tasks', () => {
  const up = { multiTask: 0.55, singleTask: 0.5, direction: 'up' } as const; // +10 %
  const down = { multiTask: 1.2, singleTask: 1, direction: 'down' } as const; // 20 % worse
  test('lower is better over metrics, higher is better over tasks', () => {
    expect(deltaM([up, down, down])).toBeCloseTo(10, 10);
    expect(deltaP([[up], [down, down]])).toBeCloseTo(-5, 10);
    expect(() => deltaM([])).toThrow('at least one');
    expect(() => deltaP([[up], []])).toThrow('at least one');
    expect(() => deltaM([{ ...up, singleTask: 0 }])).toThrow('singleTask');
  });
});

describe('paired permutation test', () => {
  test('few pairs: every pattern of signs', () => {
    expect(pairedPermutationTest(key(1), [1, 1, 1])).toBe(2 / 8);
    expect(pairedPermutationTest(key(1), [3, 2, -1])).toBe(4 / 8); // sums of 4 and more: ±6, ±4
    expect(pairedPermutationTest(key(1), [0, 0])).toBe(1);
    expect(pairedPermutationTest(key(1), [])).toBeNaN();
    expect(() => pairedPermutationTest(key(1), [Number.NaN])).toThrow('finite');
  });

  test('many pairs: drawn, near the exact value, and the same for the same key', () => {
    const differences = Array.from({ length: 16 }, (_, at) => (at % 4 === 0 ? -1 : 1)); // 12 for, 4 against
    const drawn = pairedPermutationTest(key(1), differences);
    // 2 · P(at least 12 heads of 16) = 0.0768
    expect(drawn).toBeGreaterThan(0.067);
    expect(drawn).toBeLessThan(0.087);
    expect(pairedPermutationTest(key(1), differences)).toBe(drawn);
  });
});
