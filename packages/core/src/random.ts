import { fold, type Key, keepMask, normal, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Random tensors drawn from a key. Folding a label gives an independent source.
 *
 * Inside a compiled program the draws become inputs that the host fills at every run, so equal keys give equal numbers on every device.
 */
export interface Random {
  fold(label: string | number): Random;
  /** Booleans, false with probability `rate`. */
  keepMask(shape: readonly number[], rate: number): tf.Tensor;
  /** Uniform on [0, 1). */
  uniform(shape: readonly number[]): tf.Tensor;
  /** Standard normal. */
  normal(shape: readonly number[]): tf.Tensor;
}

/** Draws at once, on the active tfjs backend. */
export function random(key: Key): Random {
  return {
    fold: (label) => random(fold(key, label)),
    keepMask: (shape, rate) => tf.tensor(keepMask(key, tf.util.sizeFromShape([...shape]), rate), [...shape], 'bool'),
    uniform: (shape) => tf.tensor(uniform(key, tf.util.sizeFromShape([...shape])), [...shape]),
    normal: (shape) => tf.tensor(normal(key, tf.util.sizeFromShape([...shape])), [...shape]),
  };
}

/** For mode `infer`: a layer that draws there is an error. */
export const noRandom: Random = { fold: () => noRandom, keepMask: refuse, uniform: refuse, normal: refuse };

function refuse(): never {
  throw new RangeError("A layer draws random numbers in mode 'infer'. Draw only where context.mode is 'train'.");
}
