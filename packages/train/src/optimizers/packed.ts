import * as tf from '@tensorflow/tfjs-core';
import type { ByPath } from './transformation.ts';

/** Entries up to which a parameter is packed with others: a call costs more than the work on so few. */
const largestPacked = 4096;

/** Several small tensors as one vector, so that an elementwise update is one call instead of one per tensor. */
export type Pack = {
  readonly paths: readonly string[];
  /** The tensors of these paths, one after the other. */
  join(values: ByPath): tf.Tensor;
  /** One number per path, repeated for each entry of its tensor. */
  repeat(numbers: ByPath): tf.Tensor;
  split(packed: tf.Tensor): ByPath;
};

/** The paths of small tensors together, and the other paths on their own. */
export function packSmall(tensors: ByPath): { pack: Pack | undefined; alone: readonly string[] } {
  const paths = Object.keys(tensors);
  const small = paths.filter((path) => tensors[path]!.size > 0 && tensors[path]!.size <= largestPacked);
  if (small.length < 2) return { pack: undefined, alone: paths };
  return { pack: packOf(small, tensors), alone: paths.filter((path) => !small.includes(path)) };
}

function packOf(paths: readonly string[], tensors: ByPath): Pack {
  const sizes = paths.map((path) => tensors[path]!.size);
  const flat = (tensor: tf.Tensor) => (tensor.rank === 1 ? tensor : tf.reshape(tensor, [-1]));
  const owner = () =>
    tf.tensor1d(
      sizes.flatMap((size, index) => new Array<number>(size).fill(index)),
      'int32',
    );
  return {
    paths,
    join: (values) => tf.concat(paths.map((path) => flat(values[path]!))),
    repeat: (numbers) => tf.gather(tf.stack(paths.map((path) => numbers[path]!)), owner()),
    split: (packed) => {
      const parts = tf.split(packed, sizes);
      return Object.fromEntries(
        paths.map((path, index) => {
          const { shape } = tensors[path]!;
          return [path, shape.length === 1 ? parts[index]! : tf.reshape(parts[index]!, shape)];
        }),
      );
    },
  };
}
