import type { HostTensor } from '@polytask/base';

/** A [count, count] matrix from its numbers, row by row. */
export const rows = (values: ArrayLike<number>, count: number): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => values[i * count + j]!));

/** Σ sums over the parts of a step, entry by entry. */
export const totals = (parts: readonly { sums: HostTensor }[], count: number): number[] =>
  Array.from({ length: count }, (_, entry) => parts.reduce((sum, { sums }) => sum + sums.data[entry]!, 0));

export const ratios = (sums: readonly number[], counts: readonly number[]): number[] =>
  counts.map((count, task) => sums[task]! / count);

/** Σ sums / counts over the parts of a step. */
export const means = (parts: readonly { sums: HostTensor }[], counts: readonly number[]): number[] =>
  ratios(totals(parts, counts.length), counts);
