import { fold, type Key, words } from '@polytask/base';
import { placeUnits } from './place-units.ts';
import { rareLabels } from './rare-labels.ts';
import { sizeNotes } from './size-notes.ts';
import { collectParts, groupMembers, partSizes, type Split, type SplitOptions } from './split.ts';
import { type StrataOptions, type StratumLabels, strataOf } from './strata.ts';

/**
 * A split that keeps the share of every label of every task in every part, the same for the same key.
 *
 * Iterative stratification: the rarest label first, each of its examples to the part that lacks most of it, cⱼˡ = rⱼ·|Dˡ| minus what it
 * got. A missing label is a label of its own, so parts also agree in which tasks have labels. A label that a single example or group carries
 * goes to part 0; labels with fewer carriers than there are parts are noted (E2302). Numbers are cut into quantile bins where `numeric` says
 * so; `order: 2` keeps the share of pairs of labels too. Sizes are exact without groups; parts that groups made much larger or smaller are
 * noted (E2311). The rows' order matters.
 * Sechidis, Tsoumakas & Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011. Pairs: Szymański & Kajdanowicz, "A Network
 * Perspective on Stratification of Multi-Label Data", LIDTA 2017.
 *
 * @throws RangeError when the fractions are not ≥ 0 with sum 1, the groups are not one number per example, or a label of a numeric task is
 * no number.
 */
export function stratifiedSplit(
  key: Key,
  labels: readonly StratumLabels[],
  fractions: readonly number[],
  options: SplitOptions & StrataOptions = {},
): Split {
  const room = partSizes(labels.length, fractions);
  const wished = [...room];
  const units = groupMembers(labels.length, options.groups);
  const strata = strataOf(labels, units, fold(key, 'order'), options);
  const placed = placeUnits(strata, units, fractions, room, words(fold(key, 'ties')), true);
  const partOf = new Uint32Array(labels.length);
  units.forEach((indexes, unit) => {
    for (const index of indexes) partOf[index] = placed[unit]!;
  });
  const parts = collectParts(partOf, fractions.length);
  const used = fractions.filter((fraction) => fraction > 0).length;
  const named = strata.strata.filter(({ isPair }) => !isPair);
  return { parts, notes: [...rareLabels(named, used), ...(options.groups ? sizeNotes(wished, parts) : [])] };
}
