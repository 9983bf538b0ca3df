import { fold, type Key, permutation } from '@polytask/base';
import { type BatchSampler, epochSampler, type PlannedBatch } from './sampling/epoch-sampler.ts';
import { bucketNumbers, checkLengths, type LengthOptions } from './sampling/length-plan.ts';

export type BatchSamplerOptions = LengthOptions & {
  /** The number of examples. */
  readonly count: number;
  readonly batchSize: number;
  readonly key: Key;
  /** Leaves out the short batch at the end of an epoch, or of a bucket. Default: false. */
  readonly dropLast?: boolean;
  /** Default: true. */
  readonly shuffle?: boolean;
};

/**
 * Batches of example indexes, epoch after epoch: the same key gives the same batches, and a restored sampler goes on where the saved one was.
 *
 * @throws RangeError when an option is out of range or no batch would be left.
 */
export function batchSampler(options: BatchSamplerOptions): BatchSampler {
  const { count, batchSize, key } = options;
  for (const [name, value] of Object.entries({ count, batchSize })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  }
  checkLengths(options, count);
  const bucketOf = bucketNumbers(options, count);
  const batchesPerEpoch = planEpoch(options, bucketOf, 0).length;
  if (batchesPerEpoch === 0)
    throw new RangeError(`No full batch of ${batchSize} in ${count} examples. Use dropLast: false.`);
  const plan = (epoch: number) => ({ batches: planEpoch(options, bucketOf, epoch), carry: null });
  return epochSampler({ key, count, batchSize, batchesPerEpoch, first: null, plan });
}

function planEpoch(options: BatchSamplerOptions, bucketOf: Uint32Array, epoch: number): PlannedBatch[] {
  const { count, batchSize, key, buckets, dropLast = false, shuffle = true } = options;
  const epochKey = fold(key, epoch);
  const order = shuffle
    ? permutation(fold(epochKey, 'examples'), count)
    : Uint32Array.from({ length: count }, (_, at) => at);
  const open: number[][] = Array.from({ length: buckets?.length ?? 1 }, () => []);
  const batches: PlannedBatch[] = [];
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
