/** A short name of numbers, to tell settings apart: FNV-1a over their bits. */
export function digest(values: ArrayLike<number>): string {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
