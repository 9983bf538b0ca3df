import type * as tf from '@tensorflow/tfjs-core';
import type { Recorder } from './layer.ts';

/** What layers recorded, by name. */
export type Recorded = {
  readonly observed: Readonly<Record<string, tf.Tensor>>;
  readonly losses: Readonly<Record<string, tf.Tensor>>;
};

/**
 * Keeps what layers record, to be returned from a program as named outputs: attention maps and gates for plots, and regularisers.
 *
 * Names are paths such as `sharing.gate.topic`; what is recorded again under the same name replaces what was there.
 *
 * @example
 * const attention = compile((params, inputs) => {
 *   const { record, recorded } = recorder();
 *   const how = context('infer', noRandom, record);
 *   model.outputs(params, model.represent(params, inputs, how), how);
 *   return recorded().observed;
 * });
 */
export function recorder(): { readonly record: Recorder; readonly recorded: () => Recorded } {
  const observed: Record<string, tf.Tensor> = {};
  const losses: Record<string, tf.Tensor> = {};
  return {
    record: {
      observe: (name, value) => {
        observed[name] = value;
      },
      loss: (name, value) => {
        losses[name] = value;
      },
    },
    recorded: () => ({ observed: { ...observed }, losses: { ...losses } }),
  };
}
