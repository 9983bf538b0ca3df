import { padBatch } from '@polytask/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { HostInputs } from '../encoder.ts';

/** `ids` [batch, items] int32, of which the first `lengths[i]` of row i count; `lengths` [batch] int32. */
export type TokenInputs = { readonly ids: tf.Tensor; readonly lengths: tf.Tensor };

/** Both axes of the ids, the first one of the lengths. */
export const tokenAxes = ['batch', 'length'] as const;

/** Lists of ids as a batch of `size` rows of `width` items: longer lists are cut, rows beyond the lists are empty. */
export function collateTokens(
  lists: readonly Int32Array[],
  { size, width }: { readonly size: number; readonly width: number },
): HostInputs<TokenInputs> {
  const { ids, lengths } = padBatch(lists, { rows: size, widths: [width] });
  return { ids, lengths };
}
