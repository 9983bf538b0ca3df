import { fold, type Key, permutation } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';
import { type BatchSampler, type BatchSamplerState, epochSampler } from './epoch-sampler.ts';
import { bucketNumbers, checkLengths, type LengthOptions } from './length-plan.ts';
import { packBatches } from './pack-batches.ts';

export type PoolSamplerOptions<Choice extends JsonValue> = LengthOptions & {
  /** Names what the pools are, so that the state of another sampler is refused. */
  readonly name: string;
  /** All examples that may ever take part. */
  readonly count: number;
  readonly batchSize: number;
  readonly key: Key;
  /** Examples per epoch: a smaller pool is gone through several times, each time in another order. */
  readonly epochSize: number;
  /** What the first pool is chosen by. */
  readonly first: Choice;
  /** The examples of an epoch, at least one: a pure function of its number and of what was last given to `choose`. */
  readonly pool: (epoch: number, choice: Choice) => ArrayLike<number>;
};

export interface PoolSampler<Choice extends JsonValue> extends BatchSampler {
  /** What the pool of the next epoch is chosen by. @throws RangeError in the middle of an epoch. */
  choose(choice: Choice): void;
}

/**
 * Batches from a pool of examples that changes from epoch to epoch: of a curriculum, or of parts that are drawn anew. Every epoch has
 * ⌈epochSize / batchSize⌉ batches.
 *
 * @throws RangeError when an option is out of range, and from `next` when a pool is empty.
 */
export function poolSampler<Choice extends JsonValue>(options: PoolSamplerOptions<Choice>): PoolSampler<Choice> {
  const { name, count, batchSize, key, epochSize, first, pool } = options;
  checkLengths(options, count);
  for (const [option, value] of Object.entries({ count, batchSize, epochSize })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${option}: expected a positive integer. Found ${value}.`);
  }
  const packing = options.buckets && { numbers: bucketNumbers(options, count), buckets: options.buckets };
  let choice = first;
  const inner = epochSampler({
    key,
    count,
    batchSize,
    batchesPerEpoch: Math.ceil(epochSize / batchSize),
    sampler: `${name} ${epochSize}`,
    first: null,
    plan(epoch) {
      const own = fold(key, epoch);
      const examples = pool(epoch, choice);
      if (examples.length === 0) throw new RangeError(`pool: expected an example in epoch ${epoch}. Found none.`);
      const order = new Uint32Array(epochSize);
      for (let start = 0, pass = 0; start < epochSize; start += examples.length, pass++) {
        const places = permutation(fold(fold(own, 'examples'), pass), examples.length);
        for (let at = 0; at < places.length && start + at < epochSize; at++) order[start + at] = examples[places[at]!]!;
      }
      return { batches: packBatches(order, batchSize, packing, fold(own, 'batches')), carry: null };
    },
  });
  return {
    batchesPerEpoch: inner.batchesPerEpoch,
    next: () => inner.next(),
    choose(next) {
      if (inner.state().position > 0) throw new RangeError('choose: expected the end of an epoch.');
      choice = next;
    },
    state: () => ({ ...inner.state(), carry: choice }),
    restore(state: BatchSamplerState) {
      const { carry, ...position } = state;
      inner.restore(position);
      choice = (carry ?? first) as Choice;
    },
  };
}
