import type { Problem } from '@polytask/base';
import { partSizes, type Split } from './split.ts';

/** Rows by time, in blocks of equal times; and those without one. */
type Timeline = { readonly order: Uint32Array; readonly untimed: Uint32Array };

/**
 * A split by time: every example of a part is earlier than every example of the next, so training is the past and testing the future.
 *
 * Equal times stay together, which moves a border by at most half of them; the order of the rows makes no difference. `gap` leaves out what
 * lies less than so much before the first time of the next part (an embargo, in the unit of the times): such examples are in no part and
 * noted (E2315). Examples without a time go to the first part and are noted (E2313), as are parts that stay empty (E2314).
 *
 * @param times numbers, such as milliseconds; see `timeValues` for dates.
 * @throws RangeError when the fractions are not ≥ 0 with sum 1, a time is not finite or `gap` is not ≥ 0.
 */
export function timeSplit(
  times: readonly (number | null)[],
  fractions: readonly number[],
  options: { readonly gap?: number } = {},
): Split {
  const { gap = 0 } = options;
  if (!(gap >= 0)) throw new RangeError(`gap: expected a number ≥ 0. Found ${gap}.`);
  const line = timelineOf(times);
  const sizes = partSizes(line.order.length, fractions);
  const parts: Uint32Array[] = [];
  let [start, end, left] = [0, 0, 0];
  for (const size of sizes) {
    end += size;
    const border = size === 0 ? start : Math.max(start, nearestBorder(times, line.order, end));
    parts.push(line.order.slice(start, border));
    start = border;
  }
  for (let part = 0; part < parts.length && gap > 0; part++) {
    const next = parts.slice(part + 1).find((later) => later.length > 0)?.[0];
    if (next === undefined) break;
    const kept = parts[part]!.filter((index) => times[next]! - times[index]! >= gap);
    left += parts[part]!.length - kept.length;
    parts[part] = kept;
  }
  const notes = notesOn(line, sizes, parts);
  if (left > 0)
    notes.push({
      code: 'E2315',
      path: 'split',
      message: 'The example is in no part: it lies in the gap before one.',
      count: left,
    });
  parts[0] = Uint32Array.from([...line.untimed, ...parts[0]!]);
  return { parts: parts.map((part) => part.sort()), notes };
}

/**
 * Folds of which each validates on a block of time and trains on all before it: `folds` splits [training, validation].
 *
 * The examples are cut into folds + 1 blocks of about equal size; the first one only trains. Ties, `gap` and missing times as in `timeSplit`.
 *
 * @throws RangeError when `folds` is not a positive integer, a time is not finite or `gap` is not ≥ 0.
 */
export function timeFolds(
  times: readonly (number | null)[],
  folds: number,
  options: { readonly gap?: number } = {},
): Split[] {
  if (!(Number.isInteger(folds) && folds > 0))
    throw new RangeError(`folds: expected a positive integer. Found ${folds}.`);
  const { gap = 0 } = options;
  if (!(gap >= 0)) throw new RangeError(`gap: expected a number ≥ 0. Found ${gap}.`);
  const line = timelineOf(times);
  const { order } = line;
  const sizes = partSizes(order.length, new Array(folds + 1).fill(1 / (folds + 1)));
  const borders = sizes.map((_, at) =>
    nearestBorder(
      times,
      order,
      sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0),
    ),
  );
  return Array.from({ length: folds }, (_, at) => {
    const held = order.slice(borders[at]!, borders[at + 1]!);
    const before = order.slice(0, borders[at]!);
    const past = held.length === 0 ? before : before.filter((index) => times[held[0]!]! - times[index]! >= gap);
    const notes = notesOn(line, sizes.slice(0, 2), [past, held]);
    if (past.length < before.length)
      notes.push({
        code: 'E2315',
        path: 'split',
        message: 'The example is in no part: it lies in the gap before one.',
        count: before.length - past.length,
      });
    return { parts: [Uint32Array.from([...line.untimed, ...past]).sort(), held.sort()], notes };
  });
}

function timelineOf(times: readonly (number | null)[]): Timeline {
  const wrong = times.findIndex((time) => time !== null && !Number.isFinite(time));
  if (wrong >= 0) throw new RangeError(`times: expected finite numbers or null. Found ${times[wrong]} at ${wrong}.`);
  const all = Uint32Array.from(times, (_, index) => index);
  return {
    order: all.filter((index) => times[index] !== null).sort((a, b) => times[a]! - times[b]! || a - b),
    untimed: all.filter((index) => times[index] === null),
  };
}

/** The place nearest to `wished` where the time changes; the earlier of two. */
function nearestBorder(times: readonly (number | null)[], order: Uint32Array, wished: number): number {
  const isBorder = (at: number) => at <= 0 || at >= order.length || times[order[at - 1]!] !== times[order[at]!];
  let distance = 0;
  while (!isBorder(wished - distance) && !isBorder(wished + distance)) distance++;
  return isBorder(wished - distance) ? Math.max(0, wished - distance) : Math.min(order.length, wished + distance);
}

function notesOn({ untimed }: Timeline, wished: readonly number[], parts: readonly Uint32Array[]): Problem[] {
  const notes: Problem[] = [];
  if (untimed.length > 0) {
    const message = 'The example has no time: it goes to the training part, though it may be of a later time.';
    notes.push({ code: 'E2313', path: 'split', message, count: untimed.length });
  }
  const empty = parts.flatMap((part, at) => (part.length === 0 && wished[at]! > 0 ? [at + 1] : []));
  if (empty.length > 0) {
    const message = `Too few different times: of ${parts.length} parts, number ${empty.join(' and ')} is empty.`;
    notes.push({ code: 'E2314', path: 'split', message });
  }
  return notes;
}
