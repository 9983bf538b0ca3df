import type { Key } from '@polytask/base';
import { type BalancedWeightsOptions, balancedWeights } from './balanced-weights.ts';
import type { Draw } from './draw-examples.ts';
import type { BatchSampler } from './epoch-sampler.ts';
import type { LengthOptions } from './length-plan.ts';
import { resampledSize } from './resample.ts';
import { weightedSampler } from './weighted-sampler.ts';

export type ClassBalancedSamplerOptions = LengthOptions &
  BalancedWeightsOptions & {
    /** The labels of every example by task. */
    readonly labels: readonly Readonly<Record<string, string | number | null>>[];
    readonly batchSize: number;
    readonly key: Key;
    /** Default: systematic. */
    readonly draw?: Draw;
    /** Whether an epoch has as many examples as there are, or is over- or under-sampled; see `resample`. Default: same. */
    readonly size?: 'same' | 'over' | 'under';
  };

/**
 * Batches in which the classes of one task, or of several at once, are about equally frequent: `weightedSampler` with `balancedWeights`.
 *
 * @throws RangeError as these two do.
 */
export function classBalancedSampler(options: ClassBalancedSamplerOptions): BatchSampler {
  const { labels, size = 'same', draw = 'systematic', tasks, strength, limit, sweeps, ...rest } = options;
  const { weights } = balancedWeights(labels, {
    ...(tasks && { tasks }),
    ...(strength !== undefined && { strength }),
    ...(limit !== undefined && { limit }),
    ...(sweeps !== undefined && { sweeps }),
  });
  return weightedSampler({ ...rest, weights, draw, epochSize: resampledSize(weights, size) });
}
