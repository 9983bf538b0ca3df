import { fold, type Key, words } from '@polytask/base';
import { placeUnits } from './place-units.ts';
import { randomSplit } from './random-split.ts';
import { rareLabels } from './rare-labels.ts';
import { sizeNotes } from './size-notes.ts';
import { collectParts, groupMembers, partSizes, type Split, type SplitOptions } from './split.ts';
import { type StrataOptions, type StratumLabels, strataOf } from './strata.ts';

export type KFoldOptions = SplitOptions &
  StrataOptions & {
    /** At least 2. */
    readonly folds: number;
    /** Runs of all folds, each with an order of its own. Default: 1. */
    readonly repeats?: number;
    /** Makes the folds stratified; together with `groups`, stratified by group. */
    readonly labels?: readonly StratumLabels[];
  };

/**
 * K-fold cross-validation: `repeats · folds` splits [training, held out], in which every example is held out once per repeat.
 *
 * Folds differ in size by at most one example, with groups by at most two of the largest group (noted when that is much, E2311). With
 * `labels` every fold has its share of every label, by iterative stratification; labels rarer than the folds are noted (E2302).
 *
 * @throws RangeError when there are fewer than 2 folds, more folds than examples or groups, or labels and groups are not one per example.
 */
export function kFold(key: Key, count: number, { folds, repeats = 1, labels, ...options }: KFoldOptions): Split[] {
  if (!(Number.isInteger(folds) && folds >= 2)) throw new RangeError(`folds: expected an integer ≥ 2. Found ${folds}.`);
  if (!(Number.isInteger(repeats) && repeats > 0))
    throw new RangeError(`repeats: expected a positive integer. Found ${repeats}.`);
  if (labels && labels.length !== count)
    throw new RangeError(`labels: expected ${count}, one per example. Found ${labels.length}.`);
  const units = groupMembers(count, options.groups);
  if (units.length < folds) {
    const what = options.groups ? 'groups' : 'examples';
    throw new RangeError(`folds: expected at most ${units.length}, the number of ${what}. Found ${folds}.`);
  }
  return Array.from({ length: repeats }, (_, repeat) => {
    const own = fold(fold(key, 'k-fold'), repeat);
    const { parts, notes } = labels
      ? stratifiedFolds(own, labels, units, folds, options)
      : randomSplit(own, count, equal(folds), options);
    return parts.map((held, at) => ({ parts: [complement(held, parts, at), held], notes }));
  }).flat();
}

const equal = (folds: number): number[] => new Array(folds).fill(1 / folds);

function stratifiedFolds(
  key: Key,
  labels: readonly StratumLabels[],
  units: readonly (readonly number[])[],
  folds: number,
  options: SplitOptions & StrataOptions,
): Split {
  const fractions = equal(folds);
  const room = partSizes(labels.length, fractions);
  const wished = [...room];
  const strata = strataOf(labels, units, fold(key, 'order'), options);
  const placed = placeUnits(strata, units, fractions, room, words(fold(key, 'ties')), false);
  const partOf = new Uint32Array(labels.length);
  units.forEach((indexes, unit) => {
    for (const index of indexes) partOf[index] = placed[unit]!;
  });
  const parts = collectParts(partOf, folds);
  const named = strata.strata.filter(({ isPair }) => !isPair);
  return { parts, notes: [...rareLabels(named, folds, 'fold'), ...(options.groups ? sizeNotes(wished, parts) : [])] };
}

/** All examples but those of one part, ascending. */
function complement(held: Uint32Array, parts: readonly Uint32Array[], at: number): Uint32Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const rest = new Uint32Array(total - held.length);
  let next = 0;
  for (const [other, part] of parts.entries()) {
    if (other === at) continue;
    rest.set(part, next);
    next += part.length;
  }
  return rest.sort();
}
