import type { Problem } from '@polytask/base';

/** How far a part may be from the size asked for before that is worth a note: a quarter of it, and more than one example. */
const tolerance = 0.25;

/** A note (E2311) where groups that stay together made parts much larger or smaller than asked for. */
export function sizeNotes(wished: readonly number[], parts: readonly ArrayLike<number>[]): Problem[] {
  const isFar = parts.some((part, at) => Math.abs(part.length - wished[at]!) > Math.max(1, wished[at]! * tolerance));
  if (!isFar) return [];
  const found = parts.map((part) => part.length).join('/');
  const message = `Groups that stay together make parts of ${found} examples where ${wished.join('/')} were asked for.`;
  return [{ code: 'E2311', path: 'split', message }];
}
