import { fold, type Key } from '@polytask/base';
import { type KFoldOptions, kFold } from './k-fold.ts';
import type { Split } from './split.ts';

/** One outer fold and the inner folds of its training part. */
export type NestedFold = {
  /** [training, test]. */
  readonly outer: Split;
  /** [training, validation] within `outer`'s training part, as indexes of all examples. */
  readonly inner: readonly Split[];
};

export type NestedFoldOptions = Omit<KFoldOptions, 'folds'> & { readonly outer: number; readonly inner: number };

/**
 * Nested cross-validation: settings are chosen on the inner folds, and what was chosen is judged on the outer fold that they never saw.
 *
 * Varma & Simon, "Bias in error estimation when using cross-validation for model selection", BMC Bioinformatics 2006.
 *
 * @throws RangeError as `kFold` does, for the outer or the inner folds.
 */
export function nestedFolds(
  key: Key,
  count: number,
  { outer, inner, repeats, labels, groups, ...strata }: NestedFoldOptions,
): NestedFold[] {
  const given = { ...strata, ...(labels && { labels }), ...(groups && { groups }) };
  return kFold(fold(key, 'outer'), count, { ...given, folds: outer, ...(repeats && { repeats }) }).map((split, at) => {
    const rows = split.parts[0]!;
    const within = kFold(fold(fold(key, 'inner'), at), rows.length, {
      ...strata,
      folds: inner,
      ...(labels && { labels: Array.from(rows, (row) => labels[row]!) }),
      ...(groups && { groups: rows.map((row) => groups[row]!) }),
    });
    return {
      outer: split,
      inner: within.map(({ parts, notes }) => ({
        parts: parts.map((part) => part.map((index) => rows[index]!)),
        notes,
      })),
    };
  });
}
