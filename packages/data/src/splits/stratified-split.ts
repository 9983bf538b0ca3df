import { fold, integer, type Key, permutation, words } from '@polytask/base';
import { rareLabels } from './rare-labels.ts';
import { collectParts, groupMembers, partSizes, roomiest, type Split, type SplitOptions } from './split.ts';

type Stratum = {
  readonly task: string;
  readonly label: string | number | null;
  readonly units: number[];
  members: number;
};

/**
 * A split that keeps the share of every label of every task in every part, the same for the same key.
 *
 * Iterative stratification: the rarest label first, each of its examples to the part that lacks most of it, cⱼˡ = rⱼ·|Dˡ| minus what it
 * got. A missing label is a label of its own, so parts also agree in which tasks have labels. A label that a single example or group carries
 * goes to part 0; labels with fewer carriers than there are parts are noted (E2302). Sizes are exact without groups.
 * Sechidis, Tsoumakas & Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011.
 *
 * @throws RangeError when the fractions are not ≥ 0 with sum 1, or the groups are not one number per example.
 */
export function stratifiedSplit(
  key: Key,
  labels: readonly Readonly<Record<string, string | number | null>>[],
  fractions: readonly number[],
  options: SplitOptions = {},
): Split {
  const room = partSizes(labels.length, fractions);
  const units = groupMembers(labels.length, options.groups);
  const { strata, ofUnit } = stratify(labels, units, fold(key, 'order'));
  const next = words(fold(key, 'ties'));
  // lacking[stratum][part]: cⱼˡ. A task's stratum sizes sum to n, so no label of a unit can make another one negative for long.
  const lacking = strata.map(({ members }) => fractions.map((fraction) => members * fraction));
  const left = strata.map(({ units: own }) => own.length);
  const placed = new Int16Array(units.length).fill(-1);
  const used = fractions.filter((fraction) => fraction > 0).length;

  const place = (unit: number, part: number) => {
    placed[unit] = part;
    room[part]! -= units[unit]!.length;
    for (const [stratum, members] of ofUnit[unit]!) {
      lacking[stratum]![part]! -= members;
      left[stratum]!--;
    }
  };
  const choose = (stratum: number, size: number): number => {
    const fits = (part: number) => fractions[part]! > 0 && room[part]! >= size;
    const open = fractions.map((_, part) => part).filter(fits);
    if (open.length === 0) return roomiest(room, (part) => fractions[part]! > 0);
    const wish = lacking[stratum]!;
    const most = Math.max(...open.map((part) => wish[part]!));
    const neediest = open.filter((part) => wish[part]! > most - 1e-9);
    const space = Math.max(...neediest.map((part) => room[part]!));
    const roomy = neediest.filter((part) => room[part] === space);
    return roomy[roomy.length === 1 ? 0 : integer(next, roomy.length)]!;
  };

  for (const { units: own } of strata) {
    const [only] = own;
    if (own.length === 1 && placed[only!]! < 0 && room[0]! >= units[only!]!.length) place(only!, 0);
  }
  for (;;) {
    let rarest = -1;
    for (let at = 0; at < strata.length; at++) {
      if (left[at]! > 0 && (rarest < 0 || left[at]! < left[rarest]!)) rarest = at;
    }
    if (rarest < 0) break;
    for (const unit of strata[rarest]!.units) if (placed[unit]! < 0) place(unit, choose(rarest, units[unit]!.length));
  }
  // Examples without any task have no stratum: they fill what room there is.
  for (let unit = 0; unit < units.length; unit++) {
    if (placed[unit]! < 0)
      place(
        unit,
        roomiest(room, (part) => fractions[part]! > 0),
      );
  }
  const partOf = new Uint8Array(labels.length);
  units.forEach((indexes, unit) => {
    for (const index of indexes) partOf[index] = placed[unit]!;
  });
  return { parts: collectParts(partOf, fractions.length), notes: rareLabels(strata, used) };
}

// The strata with their units in random order, and for each unit its strata with how many of its members carry them.
function stratify(labels: readonly Readonly<Record<string, string | number | null>>[], units: number[][], order: Key) {
  const strata: Stratum[] = [];
  const numbers = new Map<string, number>();
  const ofUnit: Map<number, number>[] = units.map(() => new Map());
  for (const unit of permutation(order, units.length)) {
    const own = ofUnit[unit]!;
    for (const index of units[unit]!) {
      for (const [task, label] of Object.entries(labels[index]!)) {
        const name = JSON.stringify([task, label]);
        const number = numbers.get(name) ?? strata.length;
        if (number === strata.length) {
          numbers.set(name, number);
          strata.push({ task, label, units: [], members: 0 });
        }
        const stratum = strata[number]!;
        stratum.members++;
        if (!own.has(number)) stratum.units.push(unit);
        own.set(number, (own.get(number) ?? 0) + 1);
      }
    }
  }
  return { strata, ofUnit };
}
