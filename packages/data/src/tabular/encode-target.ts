import { type Key, permutation } from '@polytask/base';
import { type Column, cellOf } from '../table/table.ts';
import { categoryOf, sortedCategories } from './encode-categories.ts';
import type { ColumnEncoding, EncodedColumn } from './encoding.ts';

/**
 * Sums of a target per category and fold. Of a target of texts there is one output per class, but for the first of two.
 *
 * Row c of `counts` and `sums` belongs to category c of `categories`, the last one to missing cells; `sums[c]` is [output][fold] in one list.
 */
export type TargetSpec = {
  readonly type: 'target';
  readonly target: string;
  readonly smoothing: number;
  readonly outputs: readonly string[];
  readonly categories: readonly string[];
  /** The fold of each training row, by its position among them. */
  readonly folds: readonly number[];
  readonly foldCount: number;
  readonly counts: readonly (readonly number[])[];
  readonly sums: readonly (readonly number[])[];
};

/**
 * Means of a target per category, in folds.
 *
 * @throws RangeError when smoothing is below 0 or there are fewer than 2 folds.
 */
export function fitTarget(
  training: Column,
  target: Column,
  encoding: ColumnEncoding & { readonly type: 'target' },
  key: Key,
): TargetSpec {
  const { smoothing = 10, folds: foldCount = 5 } = encoding;
  if (!(smoothing >= 0)) throw new RangeError(`smoothing: expected at least 0. Found ${smoothing}.`);
  if (!(Number.isInteger(foldCount) && foldCount >= 2)) {
    throw new RangeError(`folds: expected an integer of at least 2. Found ${foldCount}.`);
  }
  const rowCount = training.values.length;
  const folds = new Array<number>(rowCount);
  permutation(key, rowCount).forEach((row, at) => {
    folds[row] = at % foldCount;
  });
  const classes =
    target.type === 'text' ? sortedCategories(new Set(target.values.filter((value) => value !== null))) : [];
  const outputs = target.type === 'number' ? ['mean'] : classes.length === 2 ? classes.slice(1) : classes;
  const known = new Set<string>();
  for (let row = 0; row < rowCount; row++) {
    const category = categoryOf(training, row);
    if (category !== null) known.add(category);
  }
  const categories = sortedCategories(known);
  const places = new Map(categories.map((category, at) => [category, at]));
  const counts = Array.from({ length: categories.length + 1 }, () => new Array<number>(foldCount).fill(0));
  const sums = counts.map(() => new Array<number>(outputs.length * foldCount).fill(0));
  for (let row = 0; row < rowCount; row++) {
    const value = cellOf(target, row);
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) continue;
    const category = categoryOf(training, row);
    const at = category === null ? categories.length : places.get(category)!;
    const fold = folds[row]!;
    counts[at]![fold]!++;
    outputs.forEach((output, number) => {
      sums[at]![number * foldCount + fold]! += typeof value === 'number' ? value : value === output ? 1 : 0;
    });
  }
  return { type: 'target', target: encoding.target, smoothing, outputs, categories, folds, foldCount, counts, sums };
}

/**
 * (Σ y + m·prior) / (n + m) per category, m the smoothing and the prior the mean over all rows (Micci-Barreca 2001).
 *
 * For a row of the training part, sums, counts and prior leave out its fold: its own target is in none of them. `trainingPosition` gives a
 * row's position among the training rows, or −1.
 */
export function encodeTarget(
  name: string,
  column: Column,
  spec: TargetSpec,
  trainingPosition: (row: number) => number,
): EncodedColumn {
  const { outputs, categories, folds, foldCount, counts, sums, smoothing, target } = spec;
  const places = new Map(categories.map((category, at) => [category, at]));
  const total = (list: readonly number[], start: number, without: number) => {
    let sum = 0;
    for (let fold = 0; fold < foldCount; fold++) if (fold !== without) sum += list[start + fold]!;
    return sum;
  };
  // per fold that is left out, and for none at the end: [category][output]
  const tables = Array.from({ length: foldCount + 1 }, (_, which) => {
    const without = which === foldCount ? -1 : which;
    const sizes = counts.map((list) => total(list, 0, without));
    const size = sizes.reduce((sum, count) => sum + count, 0);
    const priors = outputs.map((_output, number) => {
      const sum = sums.reduce((before, list) => before + total(list, number * foldCount, without), 0);
      return size > 0 ? sum / size : 0;
    });
    const rows = sums.map((list, at) =>
      outputs.map((_output, number) => {
        const weight = sizes[at]! + smoothing;
        const sum = total(list, number * foldCount, without);
        return weight > 0 ? (sum + smoothing * priors[number]!) / weight : priors[number]!;
      }),
    );
    return { rows, priors };
  });
  return {
    names: outputs.map((output) => (output === 'mean' ? `${name}: mean ${target}` : `${name}: ${target}=${output}`)),
    write(row, features, offset) {
      const category = categoryOf(column, row);
      const at = category === null ? categories.length : places.get(category);
      const position = trainingPosition(row);
      const { rows, priors } = tables[position < 0 ? foldCount : folds[position]!]!;
      const values = at === undefined ? priors : rows[at]!;
      for (let number = 0; number < outputs.length; number++) features[offset + number] = values[number]!;
    },
  };
}
