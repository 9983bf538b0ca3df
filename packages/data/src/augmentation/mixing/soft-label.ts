import { within } from '../options.ts';

/**
 * The target of two mixed examples: s in the class of the first, 1 − s in that of the second; where both are the same class, 1.
 *
 * Absent labels stay absent: without the label of an example that has a share in the mixture nobody knows the target, and it is null. An example
 * whose share is 0 has no say.
 *
 * @param first the class, −1 where the label is missing, as `labelVocabulary(…).encode` gives them
 * @param share s, that of the first example, from `mix`
 * @param size the number of classes
 * @throws RangeError for a share outside of [0, 1] or a class that is none.
 */
export function softLabel(first: number, second: number, share: number, size: number): Float32Array | null {
  within('share', share, 0, 1);
  for (const found of [first, second])
    if (!(Number.isInteger(found) && found >= -1 && found < size))
      throw new RangeError(`Expected a class from 0 to ${size - 1}, or −1 for none. Found ${found}.`);
  if ((first < 0 && share > 0) || (second < 0 && share < 1)) return null;
  const target = new Float32Array(size);
  if (first === second) target[first] = 1;
  else {
    if (share > 0) target[first] = share;
    if (share < 1) target[second] = 1 - share;
  }
  return target;
}

/**
 * The label of two mixed examples in a regression task, s·a + (1 − s)·b; null where the label of an example that has a share is missing.
 *
 * @throws RangeError for a share outside of [0, 1].
 */
export function softNumber(first: number | null, second: number | null, share: number): number | null {
  within('share', share, 0, 1);
  if ((first === null && share > 0) || (second === null && share < 1)) return null;
  return share * (first ?? 0) + (1 - share) * (second ?? 0);
}
