import * as tf from '@tensorflow/tfjs-core';
import { gradients } from '../gradients.ts';
import type { ScanAttributes } from './attributes.ts';
import { offTape } from './off-tape.ts';

/** The vector-Jacobian product of a step. */
export function pullbackOf(step: ScanAttributes['step']): ScanAttributes['pullback'] {
  return (inputs, upstream) =>
    offTape(() => {
      // the same tensor in two places would be given the gradient of both in each
      const own = inputs.map((input) => tf.clone(input));
      const floats = own.filter(isFloat);
      if (floats.length === 0) return inputs.map(() => null);
      const found = gradients(() => seeded(step(own), upstream), floats).gradients as (tf.Tensor | null)[];
      return own.map((input) => (isFloat(input) ? found[floats.indexOf(input)]! : null));
    });
}

export const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32';

/** A number whose gradients with respect to `results` are `upstream`. */
function seeded(results: readonly tf.Tensor[], upstream: readonly (tf.Tensor | undefined)[]): tf.Tensor {
  const seeds = results.flatMap((result, index) => {
    const seed = upstream[index];
    return seed && isFloat(result) ? [{ result, seed }] : [];
  });
  if (seeds.length === 0) return tf.scalar(0);
  const operation = tf.customGrad(() => ({
    value: tf.scalar(0),
    // clones: tfjs disposes gradients that it adds up
    gradFunc: () => seeds.map(({ seed }) => tf.clone(seed)),
  }));
  return operation(...seeds.map(({ result }) => result));
}
