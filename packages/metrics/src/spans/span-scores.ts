import { type AverageOptions, averaged, type LabelScore } from '../averaging.ts';
import type { Scores } from '../classification-report.ts';
import { labelF1Score } from '../f1-score.ts';
import { addCounts, type LabelCount, type LabelCounts, mergeLabelCounts } from '../label-counts.ts';
import type { Metric } from '../metric.ts';
import { byCodeUnit } from '../order.ts';
import { labelPrecision } from '../precision.ts';
import { labelRecall } from '../recall.ts';
import { spansOf } from './spans-of.ts';

/** The tags of texts, one per token, predicted and true, in the same order; `null` in `actual` is a text that nobody tagged. */
export type TagBatch = {
  readonly predicted: readonly (readonly string[])[];
  readonly actual: readonly (readonly string[] | null)[];
};

/** Spans by type: right ones, predicted ones, true ones. */
export type SpanCounts = LabelCounts;

type SpanMetric = Metric<TagBatch, SpanCounts, number>;

const spanMetric = (name: string, score: LabelScore, options: AverageOptions): SpanMetric => ({
  ...averaged(name, score, options),
  observe: countSpans,
});

/**
 * F₁ of spans: 2·right / (predicted + true), a span being right when start, end and type are. See `spansOf` for how tags become spans.
 *
 * `micro` is conlleval's overall F₁ (in percent there), `{ label }` that of one type, `macro` the mean over the types seen. Tokens that the prediction
 * lacks are O. NaN where neither truth nor prediction has a span.
 *
 * @throws RangeError from `observe` when the numbers of texts differ or a prediction has more tokens than its text; and as `f1Score`.
 *
 * Tjong Kim Sang & De Meulder, "Introduction to the CoNLL-2003 Shared Task", 2003.
 */
export const spanF1 = (options: AverageOptions = { average: 'micro' }): SpanMetric =>
  spanMetric('spanF1', labelF1Score, options);

/** right / predicted, as `spanF1`. */
export const spanPrecision = (options: AverageOptions = { average: 'micro' }): SpanMetric =>
  spanMetric('spanPrecision', labelPrecision, options);

/** right / true, as `spanF1`. */
export const spanRecall = (options: AverageOptions = { average: 'micro' }): SpanMetric =>
  spanMetric('spanRecall', labelRecall, options);

export type SpanReport = {
  readonly perType: Readonly<Record<string, Scores & { readonly support: number }>>;
  readonly overall: Scores & { readonly support: number };
};

/** What conlleval prints, as shares: precision, recall and F₁ of all spans and of each type. NaN without spans. */
export function spanReport(): Metric<TagBatch, SpanCounts, SpanReport> {
  const scores = (count: LabelCount) => ({
    precision: labelPrecision(count),
    recall: labelRecall(count),
    f1Score: labelF1Score(count),
    support: count.support,
  });
  return {
    name: 'spanReport',
    direction: 'up',
    empty: [],
    observe: countSpans,
    merge: mergeLabelCounts,
    compute: (counts) => ({
      perType: Object.fromEntries(counts.map((count) => [count.label, scores(count)])),
      overall:
        counts.length === 0
          ? { precision: Number.NaN, recall: Number.NaN, f1Score: Number.NaN, support: 0 }
          : scores(addCounts('all', counts)),
    }),
  };
}

function countSpans(batch: TagBatch): SpanCounts {
  const rows = new Map<string, { label: string; truePositives: number; predicted: number; support: number }>();
  const row = (label: string) => {
    const found = rows.get(label) ?? { label, truePositives: 0, predicted: 0, support: 0 };
    rows.set(label, found);
    return found;
  };
  forEachTagged(batch, (predicted, actual) => {
    const truths = spansOf(actual);
    const known = new Set(truths.map(({ label, start, end }) => `${start} ${end} ${label}`));
    for (const { label } of truths) row(label).support += 1;
    for (const { label, start, end } of spansOf(predicted)) {
      row(label).predicted += 1;
      if (known.has(`${start} ${end} ${label}`)) row(label).truePositives += 1;
    }
  });
  return [...rows.values()].sort((a, b) => byCodeUnit(a.label, b.label));
}

/** Calls `visit` for every text that has tags, with as many predicted ones. */
export function forEachTagged(
  { predicted, actual }: TagBatch,
  visit: (predicted: readonly string[], actual: readonly string[]) => void,
): void {
  if (predicted.length !== actual.length)
    throw new RangeError(
      `expected as many predicted as actual texts. Found ${predicted.length} predicted and ${actual.length} actual.`,
    );
  actual.forEach((tags, at) => {
    if (tags === null) return;
    const found = predicted[at]!;
    if (found.length > tags.length)
      throw new RangeError(`expected at most ${tags.length} predicted tags in text ${at}. Found ${found.length}.`);
    visit([...found, ...Array.from({ length: tags.length - found.length }, () => 'O')], tags);
  });
}
