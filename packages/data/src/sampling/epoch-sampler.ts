import { type Key, PolytaskError } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';

export type Batch = {
  /** Example indexes, at most `size` of them. */
  readonly indexes: Uint32Array;
  /** Rows to pad to, the batch size, so that shapes repeat. */
  readonly size: number;
  /** The length to pad to when there are buckets; longer examples, all in the last bucket, are to be cut. */
  readonly bucket?: number;
  /** The task that the examples were drawn for, where a batch is of one task. */
  readonly task?: string;
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
  /** The kind of sampler and its settings; absent for `batchSampler`. */
  readonly sampler?: string;
  /** What earlier epochs left to this one, as it was when this epoch began. */
  readonly carry?: JsonValue;
};

export interface BatchSampler {
  readonly batchesPerEpoch: number;
  /** The next batch; epochs follow each other without end, each in an order of its own. */
  next(): Batch;
  state(): BatchSamplerState;
  /** @throws PolytaskError E1406 when the state is that of another sampler. */
  restore(state: BatchSamplerState): void;
}

/** A batch of a plan; `size` where it is not the sampler's batch size. */
export type PlannedBatch = {
  readonly indexes: Uint32Array;
  readonly size?: number;
  readonly bucket?: number;
  readonly task?: string;
};

/** The batches of an epoch, and what it leaves to the next. */
export type EpochPlan<Carry extends JsonValue> = { readonly batches: readonly PlannedBatch[]; readonly carry: Carry };

export type EpochSamplerOptions<Carry extends JsonValue> = {
  readonly key: Key;
  /** The number of examples. */
  readonly count: number;
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /** Names the kind of sampler and its settings, so that the state of another one is refused. */
  readonly sampler?: string;
  /** What the first epoch begins with. */
  readonly first: Carry;
  /** A pure function: `batchesPerEpoch` batches from the number of the epoch and what the one before left. */
  readonly plan: (epoch: number, carry: Carry) => EpochPlan<Carry>;
};

/**
 * A sampler from a pure plan of one epoch: the position is an epoch, a place in it and a small JSON value, so any position can be saved and
 * restored. This is what a sampler of your own is made with.
 */
export function epochSampler<Carry extends JsonValue>(options: EpochSamplerOptions<Carry>): BatchSampler {
  const { key, count, batchSize, batchesPerEpoch, sampler, first, plan } = options;
  let epoch = 0;
  let position = 0;
  let carry = first;
  let planned: EpochPlan<Carry> | undefined; // of the current epoch, made when needed
  return {
    batchesPerEpoch,
    next() {
      planned ??= plan(epoch, carry);
      const batch: Batch = {
        size: batchSize,
        ...planned.batches[position]!,
        epoch,
        step: epoch * batchesPerEpoch + position,
        last: position === batchesPerEpoch - 1,
      };
      position++;
      if (batch.last) {
        epoch++;
        position = 0;
        carry = planned.carry;
        planned = undefined;
      }
      return batch;
    },
    state: () => ({
      epoch,
      position,
      key: key.key,
      count,
      batchSize,
      batchesPerEpoch,
      ...(sampler !== undefined && { sampler }),
      ...(carry !== null && { carry }),
    }),
    restore(state) {
      requireSameSampler(state, options);
      epoch = state.epoch;
      position = state.position;
      carry = (state.carry ?? null) as Carry;
      planned = undefined;
    },
  };
}

/** @throws PolytaskError E1406 when a saved position is that of another sampler. */
export function requireSameSampler(
  state: BatchSamplerState,
  own: Pick<BatchSamplerState, 'count' | 'batchSize' | 'batchesPerEpoch' | 'sampler'> & { readonly key: Key },
): void {
  const sameKey = state.key[0] === own.key.key[0] && state.key[1] === own.key.key[1];
  const same =
    state.count === own.count && state.batchSize === own.batchSize && state.batchesPerEpoch === own.batchesPerEpoch;
  const sameKind = state.sampler === own.sampler;
  if (same && sameKey && sameKind) return;
  const message = `The saved position is that of another sampler: ${describe(state)}. Found ${describe(own)}.`;
  const fix =
    sameKey && sameKind
      ? 'Use the data and batch size of the saved run.'
      : `Use the ${sameKind ? 'seed' : 'sampling'} of the saved run.`;
  throw new PolytaskError('usage', { code: 'E1406', message, fix });
}

const describe = ({
  count,
  batchSize,
  batchesPerEpoch,
  sampler,
}: Pick<BatchSamplerState, 'count' | 'batchSize' | 'batchesPerEpoch' | 'sampler'>) =>
  `${count} examples in ${batchesPerEpoch} batches of ${batchSize}${sampler === undefined ? '' : ` (${sampler})`}`;
