import type { Split } from './split.ts';

/** The split of examples that were read part after part from one file each: `counts[0]` training examples first. */
export function fixedSplit(counts: readonly number[]): Split {
  let start = 0;
  const parts = counts.map((count) => {
    const first = start;
    start += count;
    return Uint32Array.from({ length: count }, (_, index) => first + index);
  });
  return { parts, notes: [] };
}
