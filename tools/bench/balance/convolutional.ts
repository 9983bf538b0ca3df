/** The small convolutional network and its tasks, which benchmarks of balancing share. */
import { fold, hostTensor, key, normal } from '@polytask/base';
import { type AnyTask, defineModel, dense, type Layer, softmaxCrossEntropy } from '@polytask/core';
import type { AnyModel, Batch } from '@polytask/train';
import * as tf from '@tensorflow/tfjs-core';

export const image = { rows: 64, size: 28 };

const classify: AnyTask = {
  layer: dense({ units: 4 }),
  loss: (logits: tf.Tensor, { classes }: { classes: tf.Tensor }) => softmaxCrossEntropy(logits, classes),
};
export const tasksOf = (count: number): Record<string, AnyTask> =>
  Object.fromEntries(Array.from({ length: count }, (_, task) => [`task${task}`, classify]));

type Weights = { readonly weight: tf.Tensor };
type Convolutional = { readonly first: Weights; readonly second: Weights; readonly out: Weights };

/** Two convolutions with pools, 16 and 32 wide, and a layer of 64. */
const convolutional: Layer<Convolutional> = {
  init(seed) {
    const draw = (name: string, shape: number[]) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      const scale = Math.sqrt((2 * shape.at(-1)!) / size);
      const values = normal(fold(seed, name), size).map((value) => value * scale);
      return { weight: hostTensor('float32', shape, values) };
    };
    const params = {
      first: draw('first', [3, 3, 1, 16]),
      second: draw('second', [3, 3, 16, 32]),
      out: draw('out', [7 * 7 * 32, 64]),
    };
    return { params, outputShape: [64] };
  },
  apply({ first, second, out }, input) {
    const block = (x: tf.Tensor, { weight: filter }: Weights) =>
      tf.maxPool(tf.relu(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')) as tf.Tensor4D, 2, 2, 'same');
    const flat = tf.reshape(block(block(input, first), second), [-1, 7 * 7 * 32]);
    return tf.relu(tf.matMul(flat, out.weight as tf.Tensor2D));
  },
};

/** The network with as many tasks of four classes. */
export const convolutionalModel = (tasks: number): AnyModel =>
  defineModel({
    encoder: convolutional,
    inputShape: [image.size, image.size, 1],
    tasks: tasksOf(tasks),
  }) as AnyModel;

export const images = () =>
  hostTensor('float32', [image.rows, image.size, image.size, 1], normal(key(1), image.rows * image.size * image.size));

/** A batch with a label of every task for every row. */
export function labelled(model: AnyModel, rows: number, inputs: unknown): Batch {
  const classes = (task: number) => Int32Array.from({ length: rows }, (_, row) => (row * (task + 1) + task) % 4);
  return {
    inputs: inputs as Batch['inputs'],
    targets: Object.fromEntries(
      model.tasks.map((task, index) => [task, { classes: hostTensor('int32', [rows], classes(index)) }]),
    ),
    counts: Object.fromEntries(model.tasks.map((task) => [task, rows])),
    size: rows,
    epoch: 0,
    last: false,
  };
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
