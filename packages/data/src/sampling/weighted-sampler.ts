import { fold, type Key } from '@polytask/base';
import { digest } from './digest.ts';
import { checkWeights, type Draw, drawExamples } from './draw-examples.ts';
import { type BatchSampler, epochSampler } from './epoch-sampler.ts';
import { bucketNumbers, checkLengths, type LengthOptions } from './length-plan.ts';
import { packBatches } from './pack-batches.ts';

export type WeightedSamplerOptions = LengthOptions & {
  /** A weight ≥ 0 per example; see `balancedWeights`. */
  readonly weights: ArrayLike<number>;
  readonly batchSize: number;
  readonly key: Key;
  /** Default: withReplacement. */
  readonly draw?: Draw;
  /** Examples per epoch. Default: as many as there are; without replacement, as many as have a weight above 0. */
  readonly epochSize?: number;
};

/**
 * Batches of examples drawn in proportion to their weights, a new draw in each epoch; the last batch of an epoch may be short.
 *
 * @throws RangeError when an option is out of range, no weight is positive, or an epoch without replacement needs more examples than have a
 * weight above 0.
 */
export function weightedSampler(options: WeightedSamplerOptions): BatchSampler {
  const { weights, batchSize, key, draw = 'withReplacement' } = options;
  const count = weights.length;
  checkWeights(weights);
  checkLengths(options, count);
  const drawable = Array.from(weights).filter((weight) => weight > 0).length;
  const { epochSize = draw === 'withoutReplacement' ? drawable : count } = options;
  for (const [name, value] of Object.entries({ batchSize, epochSize })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  }
  if (draw === 'withoutReplacement' && epochSize > drawable)
    throw new RangeError(
      `epochSize: expected at most ${drawable}, the examples with a weight above 0. Found ${epochSize}.`,
    );
  const packing = options.buckets && { numbers: bucketNumbers(options, count), buckets: options.buckets };
  return epochSampler({
    key,
    count,
    batchSize,
    batchesPerEpoch: Math.ceil(epochSize / batchSize),
    sampler: `weighted ${draw} ${epochSize} ${digest(weights)}`,
    first: null,
    plan(epoch) {
      const own = fold(key, epoch);
      const order = drawExamples(fold(own, 'examples'), weights, epochSize, draw);
      return { batches: packBatches(order, batchSize, packing, fold(own, 'batches')), carry: null };
    },
  });
}
