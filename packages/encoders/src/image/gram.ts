import * as tf from '@tensorflow/tfjs-core';

/**
 * How the channels of an image go together, wherever in the image: the upper triangle of G = FᵀF / (height·width), as sign(g)·√|g|, of length 1.
 *
 * [batch, height, width, channels] → [batch, channels·(channels + 1)/2]. Textures and manners of painting show in it, shapes do not.
 *
 * Gatys, Ecker & Bethge, "Texture Synthesis Using Convolutional Neural Networks", NeurIPS 2015; square root and length as in Lin,
 * RoyChowdhury & Maji, "Bilinear CNN Models", ICCV 2015.
 */
export function gramFeatures(features: tf.Tensor): tf.Tensor {
  const [batch, height, width, channels] = features.shape as [number, number, number, number];
  const pixels = height * width;
  const flat = tf.reshape(features, [batch, pixels, channels]);
  const gram = tf.reshape(tf.div(tf.matMul(flat, flat, true, false), pixels), [batch, channels * channels]);
  const upper = Int32Array.from(upperTriangle(channels));
  const chosen = tf.gather(gram, tf.tensor1d(upper, 'int32'), 1);
  const rooted = tf.mul(tf.sign(chosen), tf.sqrt(tf.add(tf.abs(chosen), epsilon)));
  return tf.div(rooted, tf.sqrt(tf.add(tf.sum(tf.square(rooted), 1, true), epsilon)));
}

/** Keeps the derivative of the root finite at 0. */
const epsilon = 1e-6;

export const gramWidth = (channels: number): number => (channels * (channels + 1)) / 2;

function* upperTriangle(size: number): Generator<number> {
  for (let row = 0; row < size; row++) for (let column = row; column < size; column++) yield row * size + column;
}
