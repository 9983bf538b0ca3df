import { type AccuracyState, accuracy } from '../accuracy.ts';
import type { Metric } from '../metric.ts';
import { forEachTagged, type TagBatch } from './span-scores.ts';

/** The share of tokens with the right tag: conlleval's accuracy. Tokens that the prediction lacks are O. NaN without evidence. */
export function tagAccuracy(): Metric<TagBatch, AccuracyState, number> {
  const single = accuracy();
  return {
    ...single,
    name: 'tagAccuracy',
    observe(batch) {
      const [predicted, actual]: [string[], string[]] = [[], []];
      forEachTagged(batch, (found, tags) => {
        predicted.push(...found);
        actual.push(...tags);
      });
      return single.observe({ predicted, actual });
    },
  };
}
