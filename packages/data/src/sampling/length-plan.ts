/** Lengths of examples and the ascending lengths that batches are padded to. */
export type LengthOptions = {
  /** The length of each example in tokens, frames, …: examples of similar length then share a batch. */
  readonly lengths?: ArrayLike<number>;
  /** Ascending lengths that batches are padded to; see `lengthBuckets`. Needed when `lengths` is given. */
  readonly buckets?: readonly number[];
};

/** @throws RangeError when lengths and buckets do not fit each other or the number of examples. */
export function checkLengths({ lengths, buckets }: LengthOptions, count: number): void {
  if ((lengths === undefined) !== (buckets === undefined))
    throw new RangeError('lengths and buckets go together. Found one of them.');
  if (lengths && lengths.length !== count)
    throw new RangeError(`lengths: expected ${count} numbers. Found ${lengths.length}.`);
  if (buckets && (buckets.length === 0 || !buckets.every((bucket, at) => bucket > (buckets[at - 1] ?? 0)))) {
    throw new RangeError(`buckets: expected ascending lengths. Found [${buckets.join(', ')}].`);
  }
}

/** The bucket number of each example: the first that holds it, else the last. */
export function bucketNumbers({ lengths, buckets = [] }: LengthOptions, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => {
    const found = buckets.findIndex((bucket) => (lengths?.[index] ?? 0) <= bucket);
    return found >= 0 ? found : Math.max(buckets.length - 1, 0);
  });
}
