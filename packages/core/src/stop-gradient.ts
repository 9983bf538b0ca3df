import * as tf from '@tensorflow/tfjs-core';
import { offTape } from './scan/off-tape.ts';

/**
 * The same values, through which no gradient flows: y = x, ∂y/∂x = 0.
 *
 * What is reached in no other way has the gradient `null`, so that an optimizer leaves it alone: frozen parameters neither move nor decay.
 *
 * @param x any shape and type.
 */
export const stopGradient = (x: tf.Tensor): tf.Tensor => offTape(() => tf.clone(x));
