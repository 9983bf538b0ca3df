import type { Batch, BatchSource } from '@polytask/train';

/** The batches of one epoch. */
export async function takeEpoch(source: BatchSource): Promise<Batch[]> {
  const batches: Batch[] = [];
  while (batches.length < source.batchesPerEpoch) batches.push(await source.next());
  return batches;
}
