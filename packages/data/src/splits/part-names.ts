/** What the parts of a split are called in messages and files when nobody names them. */
export const defaultPartNames = ['train', 'validation', 'test'] as const;

/** A name per part. @throws RangeError when names are missing. */
export function partNames(count: number, names: readonly string[] = defaultPartNames): readonly string[] {
  if (names.length < count) throw new RangeError(`names: expected ${count}, one per part. Found ${names.length}.`);
  return names.slice(0, count);
}
