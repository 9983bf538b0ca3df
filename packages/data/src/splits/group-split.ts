import type { Key } from '@polytask/base';
import { type GroupValue, groupNumbers } from './group-numbers.ts';
import { joinGroups } from './join-groups.ts';
import { randomSplit } from './random-split.ts';
import type { Split, SplitOptions } from './split.ts';
import type { StrataOptions, StratumLabels } from './strata.ts';
import { stratifiedSplit } from './stratified-split.ts';

/**
 * A split of whole groups by `fractions` of examples: no value of `values` stands in two parts.
 *
 * With `labels` the parts also have about equal shares of every label. `groups` are further groups to keep together, such as duplicates.
 * Which part a group goes to depends on the key and on the sizes and names of the groups, not on the order of the rows, where there are
 * neither labels, further groups nor examples without a group. Noted: examples without a group (E2310), sizes far from those asked for
 * (E2311), fewer groups than parts (E2312).
 *
 * @throws RangeError when the fractions are not ≥ 0 with sum 1, or labels or groups are not one per value.
 */
export function groupSplit(
  key: Key,
  values: readonly GroupValue[],
  fractions: readonly number[],
  options: SplitOptions & StrataOptions & { readonly labels?: readonly StratumLabels[] } = {},
): Split {
  const { labels, groups: further, ...rest } = options;
  if (labels && labels.length !== values.length)
    throw new RangeError(`labels: expected ${values.length}, one per value. Found ${labels.length}.`);
  const { groups: own, names, notes } = groupNumbers(values);
  const groups = further ? joinGroups(own, further) : own;
  const split = labels
    ? stratifiedSplit(key, labels, fractions, { ...rest, groups })
    : inOrderOfGroups(key, groups, fractions);
  const parts = fractions.filter((fraction) => fraction > 0).length;
  const few =
    names.length < parts && values.length > 0
      ? [
          {
            code: 'E2312',
            path: 'split',
            message: `There are ${names.length} groups for ${parts} parts: some part is empty.`,
          },
        ]
      : [];
  return { parts: split.parts, notes: [...notes, ...few, ...split.notes] };
}

/** A random split that sees the examples sorted by group, so that the order of the rows makes no difference. */
function inOrderOfGroups(key: Key, groups: Uint32Array, fractions: readonly number[]): Split {
  const order = Uint32Array.from(groups, (_, index) => index).sort((a, b) => groups[a]! - groups[b]! || a - b);
  const { parts, notes } = randomSplit(key, groups.length, fractions, {
    groups: order.map((index) => groups[index]!),
  });
  return { parts: parts.map((part) => part.map((at) => order[at]!).sort()), notes };
}
