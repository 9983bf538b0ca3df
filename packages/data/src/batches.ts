import { fold, type Key, PolytaskError, permutation } from '@polytask/base';

export type BatchSamplerOptions = {
  /** The number of examples. */
  readonly count: number;
  readonly batchSize: number;
  readonly key: Key;
  /** The length of each example in tokens, frames, …: examples of similar length then share a batch. */
  readonly lengths?: ArrayLike<number>;
  /** Ascending lengths that batches are padded to; see `lengthBuckets`. Needed when `lengths` is given. */
  readonly buckets?: readonly number[];
  /** Leaves out the short batch at the end of an epoch, or of a bucket. Default: false. */
  readonly dropLast?: boolean;
  /** Default: true. */
  readonly shuffle?: boolean;
};

export type Batch = {
  /** Example indexes, at most `size` of them. */
  readonly indexes: Uint32Array;
  /** Rows to pad to, the batch size, so that shapes repeat. */
  readonly size: number;
  /** The length to pad to when there are buckets; longer examples, all in the last bucket, are to be cut. */
  readonly bucket?: number;
  /** From 0. */
  readonly epoch: number;
  /** Batches before this one over all epochs, from 0. */
  readonly step: number;
  /** Whether the epoch ends with this batch. */
  readonly last: boolean;
};

/** The position of a sampler and what it depends on. JSON. */
export type BatchSamplerState = {
  readonly epoch: number;
  /** Batches of this epoch that were given out. */
  readonly position: number;
  readonly key: readonly [number, number];
  readonly count: number;
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
};

export interface BatchSampler {
  readonly batchesPerEpoch: number;
  /** The next batch; epochs follow each other without end, each in an order of its own. */
  next(): Batch;
  state(): BatchSamplerState;
  /** @throws PolytaskError E1406 when the state is that of another sampler. */
  restore(state: BatchSamplerState): void;
}

type Plan = readonly { readonly indexes: Uint32Array; readonly bucket?: number }[];

/**
 * Batches of example indexes, epoch after epoch: the same key gives the same batches, and a restored sampler goes on where the saved one was.
 *
 * @throws RangeError when an option is out of range or no batch would be left.
 */
export function batchSampler(options: BatchSamplerOptions): BatchSampler {
  const { count, batchSize, key } = options;
  checkOptions(options);
  const bucketOf = assignBuckets(options);
  const batchesPerEpoch = planEpoch(options, bucketOf, 0).length;
  if (batchesPerEpoch === 0)
    throw new RangeError(`No full batch of ${batchSize} in ${count} examples. Use dropLast: false.`);
  let epoch = 0;
  let position = 0;
  let plan: Plan | undefined; // of the current epoch, made when needed
  return {
    batchesPerEpoch,
    next() {
      plan ??= planEpoch(options, bucketOf, epoch);
      const batch = {
        ...plan[position]!,
        size: batchSize,
        epoch,
        step: epoch * batchesPerEpoch + position,
        last: position === batchesPerEpoch - 1,
      };
      position++;
      if (batch.last) {
        epoch++;
        position = 0;
        plan = undefined;
      }
      return batch;
    },
    state: () => ({ epoch, position, key: key.key, count, batchSize, batchesPerEpoch }),
    restore(state) {
      const sameKey = state.key[0] === key.key[0] && state.key[1] === key.key[1];
      const same = state.count === count && state.batchSize === batchSize && state.batchesPerEpoch === batchesPerEpoch;
      if (!same || !sameKey) {
        const message = `The saved position is that of another sampler: ${describe(state)}. Found ${describe({ count, batchSize, batchesPerEpoch })}.`;
        const fix = sameKey ? 'Use the data and batch size of the saved run.' : 'Use the seed of the saved run.';
        throw new PolytaskError('usage', { code: 'E1406', message, fix });
      }
      epoch = state.epoch;
      position = state.position;
      plan = undefined;
    },
  };
}

const describe = ({
  count,
  batchSize,
  batchesPerEpoch,
}: Pick<BatchSamplerState, 'count' | 'batchSize' | 'batchesPerEpoch'>) =>
  `${count} examples in ${batchesPerEpoch} batches of ${batchSize}`;

function checkOptions({ count, batchSize, lengths, buckets }: BatchSamplerOptions): void {
  for (const [name, value] of Object.entries({ count, batchSize })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  }
  if ((lengths === undefined) !== (buckets === undefined))
    throw new RangeError('lengths and buckets go together. Found one of them.');
  if (lengths && lengths.length !== count)
    throw new RangeError(`lengths: expected ${count} numbers. Found ${lengths.length}.`);
  if (buckets && (buckets.length === 0 || !buckets.every((bucket, at) => bucket > (buckets[at - 1] ?? 0)))) {
    throw new RangeError(`buckets: expected ascending lengths. Found [${buckets.join(', ')}].`);
  }
}

// The bucket number of each example: the first that holds it, else the last.
function assignBuckets({ count, lengths, buckets = [] }: BatchSamplerOptions): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => {
    const found = buckets.findIndex((bucket) => (lengths?.[index] ?? 0) <= bucket);
    return found >= 0 ? found : Math.max(buckets.length - 1, 0);
  });
}

function planEpoch(options: BatchSamplerOptions, bucketOf: Uint32Array, epoch: number): Plan {
  const { count, batchSize, key, buckets, dropLast = false, shuffle = true } = options;
  const epochKey = fold(key, epoch);
  const order = shuffle
    ? permutation(fold(epochKey, 'examples'), count)
    : Uint32Array.from({ length: count }, (_, at) => at);
  const open: number[][] = Array.from({ length: buckets?.length ?? 1 }, () => []);
  const batches: { indexes: Uint32Array; bucket?: number }[] = [];
  const close = (number: number) => {
    const indexes = Uint32Array.from(open[number]!);
    batches.push(buckets ? { indexes, bucket: buckets[number]! } : { indexes });
    open[number] = [];
  };
  for (const index of order) {
    const number = bucketOf[index]!;
    open[number]!.push(index);
    if (open[number]!.length === batchSize) close(number);
  }
  for (let number = 0; number < open.length; number++) if (open[number]!.length > 0 && !dropLast) close(number);
  if (!buckets || !shuffle) return batches;
  // Long examples fill their buckets late: without this the end of every epoch would differ from its beginning.
  return Array.from(permutation(fold(epochKey, 'batches'), batches.length), (at) => batches[at]!);
}
