import { gradients } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { onnxDevice } from '../onnx/device.ts';
import { lowerNodes } from '../onnx/lower.ts';
import { cRuntime } from '../onnx-native/runtime.ts';
import { stages } from '../stages.ts';
import { type compiled, expectAsEager, numbers, type Tensors } from './conv-compare.fixture.ts';

const device = onnxDevice({ name: 'onnx', description: '', runtime: await cRuntime(), threads: 1, fillsOutputs: true });

/** The ONNX operations of a program. */
const typesOf = (program: (inputs: Tensors) => unknown, inputs: Parameters<typeof compiled>[1]): string[] => {
  const made = compile<[never], unknown>(program as never, { device });
  return lowerNodes(stages(made.graph(inputs as never))[0]!).nodes.map(({ type }) => type);
};

/** Normalised over the batch, by tfjs's own operations. */
const normalised = ({ x, scale, offset }: Tensors) => {
  const { mean, variance } = tf.moments(x!, [0, 1, 2]);
  return tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as never, scale as never);
};

const inputs = { x: numbers(1, [3, 4, 5, 8]), scale: numbers(2, [8]), offset: numbers(3, [8]) };

const step = ({ upstream, ...given }: Tensors) =>
  gradients(() => normalised(given), given, upstream).gradients as never;

it('means and their gradients are never written for every entry', async () => {
  const all = { ...inputs, upstream: numbers(4, [3, 4, 5, 8]) };
  const types = typesOf(step, all);
  expect(types.filter((type) => ['Tile', 'Expand', 'ReduceMean'].includes(type))).toEqual(['Expand']); // a row of ones
  // what is centred for the variance is what is normalised
  expect(types.filter((type) => type === 'Sub')).toEqual(['Sub']);
  await expectAsEager(step, all);
});

it('what else than an elementwise operation takes is written', async () => {
  const program = ({ x, scale }: Tensors) => {
    const rows = tf.tile(tf.reshape(scale as tf.Tensor, [1, 1, 1, 8]), [3, 4, 5, 1]);
    const doubled = tf.sqrt(tf.square(tf.add(tf.mul(rows, 2), rows)));
    return {
      whole: doubled,
      joined: tf.concat([doubled, x!], 3),
      columns: tf.sum(doubled, [0, 1]),
      both: tf.sub(x!, doubled),
      view: tf.reshape(tf.neg(tf.reshape(scale as tf.Tensor, [1, 8])), [8]),
    };
  };
  await expectAsEager(program, inputs);
});
