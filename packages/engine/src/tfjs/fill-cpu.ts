import * as tf from '@tensorflow/tfjs-core';
import { type Composed, registerComposed } from './composed.ts';
import { einsum } from './einsum.ts';
import { maxPool3DGrad } from './volumes.ts';

/** The kernel returns after the first image. */
const transform: Composed = ({ image, transforms }, attributes, original) => {
  const images = tf.split(image!, image!.shape[0]!);
  const each = transforms!.shape[0] === 1 ? images.map(() => transforms!) : tf.split(transforms!, images.length);
  return tf.concat(images.map((one, index) => original({ image: one, transforms: each[index]! }, attributes)));
};

/** The kernel writes into its argument. */
const tensorScatterUpdate: Composed = ({ tensor, ...others }, attributes, original) => {
  const copy = tf.tensor(tensor!.dataSync().slice() as Float32Array, tensor!.shape, tensor!.dtype);
  return original({ tensor: copy, ...others }, attributes);
};

const cpuCorrections: Readonly<Record<string, Composed>> = {
  Einsum: einsum,
  // right for cubes only
  MaxPool3DGrad: maxPool3DGrad,
  TensorScatterUpdate: tensorScatterUpdate,
  Transform: transform,
};

/** The kernels of tfjs's `cpu` backend that the engine puts right. */
export const correctedOnCpu: readonly string[] = Object.keys(cpuCorrections);

/** Puts right the kernels of tfjs's `cpu` backend that are wrong by any account. Registered once per process. */
export function fillCpu(): void {
  for (const [name, composed] of Object.entries(cpuCorrections))
    if (tf.getKernel(name, 'cpu')) registerComposed(name, 'cpu', composed);
}
