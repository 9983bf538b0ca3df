import { integer, type Words } from '@polytask/base';
import { numberHeap } from './number-heap.ts';
import { roomiest } from './split.ts';
import type { Strata } from './strata.ts';

/**
 * The part of every unit by iterative stratification: the rarest label first, each of its units to the part that lacks most of it.
 *
 * @param room whole sizes of the parts; what is left of them afterwards.
 * @param singlesFirst whether a label that one unit alone carries goes to part 0.
 */
export function placeUnits(
  { strata, ofUnit }: Strata,
  units: readonly (readonly number[])[],
  fractions: readonly number[],
  room: number[],
  next: Words,
  singlesFirst: boolean,
): Int32Array {
  // lacking[stratum · parts + part]: cⱼˡ. A task's stratum sizes sum to n, so no label of a unit can make another one negative for long.
  const parts = fractions.length;
  const lacking = new Float64Array(strata.length * parts);
  strata.forEach(({ members }, stratum) => {
    for (let part = 0; part < parts; part++) lacking[stratum * parts + part] = members * fractions[part]!;
  });
  const left = Uint32Array.from(strata, ({ units: own }) => own.length);
  const placed = new Int32Array(units.length).fill(-1);
  const isUsed = (part: number) => fractions[part]! > 0;

  const place = (unit: number, part: number) => {
    placed[unit] = part;
    room[part]! -= units[unit]!.length;
    for (const [stratum, members] of ofUnit[unit]!) {
      lacking[stratum * parts + part]! -= members;
      left[stratum]!--;
    }
  };
  const choose = (stratum: number, size: number): number => {
    const wish = (part: number) => lacking[stratum * parts + part]!;
    const fits = (part: number) => isUsed(part) && room[part]! >= size;
    let most = Number.NEGATIVE_INFINITY;
    for (let part = 0; part < parts; part++) if (fits(part) && wish(part) > most) most = wish(part);
    if (most === Number.NEGATIVE_INFINITY) return roomiest(room, isUsed);
    let best: number[] = [];
    for (let part = 0; part < parts; part++) {
      if (!fits(part) || wish(part) <= most - 1e-9) continue;
      const space = room[part]! - (best.length > 0 ? room[best[0]!]! : room[part]! - 1);
      if (space > 0) best = [part];
      else if (space === 0) best.push(part);
    }
    return best[best.length === 1 ? 0 : integer(next, best.length)]!;
  };

  if (singlesFirst) {
    for (const { units: own, isPair } of strata) {
      const [only] = own;
      if (!isPair && own.length === 1 && placed[only!]! < 0 && room[0]! >= units[only!]!.length) place(only!, 0);
    }
  }
  // Entries are left · strata + stratum: the rarest first, then the first. What is left only shrinks, and each change adds an entry.
  const rarest = numberHeap();
  const add = (stratum: number) => {
    if (left[stratum]! > 0) rarest.push(left[stratum]! * strata.length + stratum);
  };
  for (let stratum = 0; stratum < strata.length; stratum++) add(stratum);
  for (let entry = rarest.pop(); entry !== undefined; entry = rarest.pop()) {
    const stratum = entry % strata.length;
    if (Math.floor(entry / strata.length) !== left[stratum]) continue;
    const touched = new Set<number>();
    for (const unit of strata[stratum]!.units) {
      if (placed[unit]! >= 0) continue;
      place(unit, choose(stratum, units[unit]!.length));
      for (const other of ofUnit[unit]!.keys()) touched.add(other);
    }
    for (const other of touched) add(other);
  }
  // Examples without any task have no stratum: they fill what room there is.
  for (let unit = 0; unit < units.length; unit++) if (placed[unit]! < 0) place(unit, roomiest(room, isUsed));
  return placed;
}
