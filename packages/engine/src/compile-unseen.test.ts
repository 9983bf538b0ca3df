import {
  type HostTensor,
  hostTensor,
  key,
  leaves,
  type MapLeaves,
  mapTree,
  sizeOf,
  type Tree,
  uniform,
} from '@polytask/base';
import { gradients } from '@polytask/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { openDevice } from './devices.ts';

/* Models written as a user of tfjs-core would write them, without a layer of ours: values and gradients are those of eager tfjs. */

const devices = [await openDevice('onnx-node'), await openDevice('onnx-web', { threads: 1 }), await openDevice('wasm')];

type Shapes = Readonly<Record<string, readonly number[]>>;
type Tensors<Names extends string> = Readonly<Record<Names, tf.Tensor>>;

const random = (seed: number, shape: readonly number[], scale: number) =>
  hostTensor(
    'float32',
    shape,
    uniform(key(seed), sizeOf(shape)).map((value) => (value - 0.5) * 2 * scale),
  );

const parametersOf = <Names extends string>(shapes: Readonly<Record<Names, readonly number[]>>, scale = 0.6) =>
  Object.fromEntries(
    Object.entries<readonly number[]>(shapes as Shapes).map(([name, shape], at) => [
      name,
      random(at + 1, shape, scale),
    ]),
  ) as Record<Names, HostTensor>;

const indices = (seed: number, shape: readonly number[], below: number) =>
  hostTensor(
    'int32',
    shape,
    Array.from(uniform(key(seed), sizeOf(shape)), (value) => Math.floor(value * below)),
  );

type Model<Names extends string, Inputs> = {
  readonly parameters: Record<Names, HostTensor>;
  readonly inputs: Inputs;
  loss(parameters: Tensors<Names>, inputs: MapLeaves<Inputs, HostTensor, tf.Tensor>): tf.Tensor;
};

/** Runs loss and gradients eagerly on tfjs's cpu backend and compiled on every device. */
async function expectAsEager<Names extends string, Inputs extends object>({
  parameters,
  inputs,
  loss,
}: Model<Names, Inputs>): Promise<void> {
  const program = (tensors: Tensors<Names>, given: MapLeaves<Inputs, HostTensor, tf.Tensor>) =>
    gradients(() => loss(tensors, given), { ...tensors } as Record<string, tf.Tensor>);
  await tf.setBackend('cpu');
  const eagerly = (tree: object) =>
    mapTree<HostTensor, tf.Tensor>(tree as Tree<HostTensor>, ({ data, shape, dtype }) =>
      tf.tensor(data.slice() as Float32Array, [...shape], dtype as 'float32'),
    ) as never;
  const wanted = new Map(
    leaves<tf.Tensor>(program(eagerly(parameters), eagerly(inputs)) as never).map(([path, tensor]) => [
      path,
      [...tensor.dataSync()],
    ]),
  );
  expect(wanted.size).toBe(1 + Object.keys(parameters).length);
  for (const values of wanted.values())
    expect(values.some((value) => value !== 0 && Number.isFinite(value))).toBe(true);
  for (const device of devices) {
    const executable = compile(program as (...given: never[]) => unknown, { device });
    const found = (await executable.run(parameters as never, inputs as never)) as Tree<HostTensor>;
    await executable[Symbol.asyncDispose]();
    const differences = leaves<HostTensor>(found).flatMap(([path, { data }]) => {
      const expected = wanted.get(path)!;
      const size = Math.max(1e-3, ...expected.map(Math.abs));
      const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - Number(data[at]))), 0) / size;
      return worst < 2e-4 && data.length === expected.length ? [] : [`${device.name} ${path}: ${worst} of ${size}`];
    });
    expect(differences).toEqual([]);
    expect(leaves<HostTensor>(found)).toHaveLength(wanted.size);
  }
}

const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor) =>
  tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(labels as tf.Tensor1D, logits.shape.at(-1)!)), -1)));

describe('a program in plain tfjs-core operations compiles to what eager tfjs computes:', () => {
  it('a depthwise-separable CNN with batch norm from the moments of the batch', async () => {
    const parameters = parametersOf({
      stem: [3, 3, 3, 8],
      depth1: [3, 3, 8, 1],
      point1: [1, 1, 8, 16],
      scale1: [16],
      shift1: [16],
      depth2: [3, 3, 16, 2],
      point2: [1, 1, 32, 12],
      scale2: [12],
      shift2: [12],
      head: [12, 5],
    });
    const normalized = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        shift as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      );
    };
    await expectAsEager({
      parameters,
      inputs: { images: random(50, [4, 12, 10, 3], 1), labels: indices(51, [4], 5) },
      loss: (p, { images, labels }) => {
        const stem = tf.relu6(tf.conv2d(images as tf.Tensor4D, p.stem as tf.Tensor4D, 2, 'same'));
        const first = tf.separableConv2d(stem, p.depth1 as tf.Tensor4D, p.point1 as tf.Tensor4D, 1, 'same');
        const one = tf.relu(normalized(first, p.scale1, p.shift1));
        const second = tf.separableConv2d(
          one as tf.Tensor4D,
          p.depth2 as tf.Tensor4D,
          p.point2 as tf.Tensor4D,
          [2, 2],
          'same',
        );
        const two = tf.relu(normalized(second, p.scale2, p.shift2));
        const pooled = tf.mean(tf.image.resizeBilinear(two as tf.Tensor4D, [7, 5]), [1, 2]);
        return crossEntropy(tf.matMul(pooled, p.head), labels);
      },
    });
  });

  it('an attention decoder with a causal mask and einsum', async () => {
    const [batch, length, heads, width, words] = [2, 6, 2, 4, 11] as const;
    const parameters = parametersOf({
      table: [words, 8],
      places: [length, 8],
      query: [8, heads, width],
      keys: [8, heads, width],
      values: [8, heads, width],
      out: [heads, width, 8],
      gain: [8],
      wide: [8, 16],
      narrow: [16, 8],
    });
    const layerNorm = (x: tf.Tensor, gain: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), gain);
    };
    await expectAsEager({
      parameters,
      inputs: { tokens: indices(60, [batch, length], words), next: indices(61, [batch * length], words) },
      loss: (p, { tokens, next }) => {
        const x = tf.add(tf.gather(p.table, tokens as tf.Tensor2D), p.places);
        const normed = layerNorm(x, p.gain);
        const project = (matrix: tf.Tensor) => tf.einsum('btd,dhk->bthk', normed, matrix);
        const scores = tf.div(tf.einsum('bqhk,bshk->bhqs', project(p.query), project(p.keys)), Math.sqrt(width));
        const isVisible = tf.cast(tf.linalg.bandPart(tf.ones([length, length]) as tf.Tensor2D, -1, 0), 'bool');
        const attention = tf.softmax(tf.where(isVisible, scores, tf.fill(scores.shape, -1e9)));
        const mixed = tf.einsum('bhqs,bshk->bqhk', attention, project(p.values));
        const after = tf.add(
          x,
          tf.einsum(
            'bqm,md->bqd',
            tf.reshape(mixed, [batch, length, heads * width]),
            tf.reshape(p.out, [heads * width, 8]),
          ),
        );
        const inner = tf.relu(tf.einsum('btd,dw->btw', layerNorm(after, p.gain), p.wide));
        const hidden = tf.add(after, tf.einsum('btw,wd->btd', inner, p.narrow));
        const logits = tf.matMul(tf.reshape(hidden, [batch * length, 8]), p.table, false, true);
        return crossEntropy(logits, next);
      },
    });
  });

  it('a mixture of experts with a gate for the two best', async () => {
    const [rows, features, experts, width] = [10, 6, 4, 5] as const;
    const parameters = parametersOf(
      { gate: [features, experts], up: [experts, features, width], down: [experts, width, 3] },
      1,
    );
    await expectAsEager({
      parameters,
      inputs: { x: random(70, [rows, features], 1), y: random(71, [rows, 3], 1) },
      loss: (p, { x, y }) => {
        const logits = tf.matMul(x, p.gate);
        const { values, indices: best } = tf.topk(logits, 2);
        const shares = tf.softmax(values);
        const each = tf.einsum('erw,ewo->ero', tf.tanh(tf.einsum('rf,efw->erw', x, p.up)), p.down); // [experts, rows, 3]
        const row = tf.tile(tf.reshape(tf.range(0, rows, 1, 'int32'), [rows, 1, 1]), [1, 2, 1]);
        const chosen = tf.gatherND(each, tf.concat([tf.expandDims(best, 2), row], 2)); // [rows, 2, 3]
        const output = tf.sum(tf.mul(chosen, tf.expandDims(shares, 2)), 1);
        // the load that keeps the gate from one expert
        const load = tf.mean(tf.sum(tf.oneHot(best as tf.Tensor2D, experts), 1), 0);
        const balance = tf.sum(tf.mul(tf.cast(load, 'float32'), tf.mean(tf.softmax(logits), 0)));
        return tf.add(tf.mean(tf.squaredDifference(output, y)), tf.mul(balance, 0.01));
      },
    });
  });

  it('a GRU tagger written with a loop over time', async () => {
    const [batch, length, input, width, tags] = [3, 7, 5, 6, 4] as const;
    const parameters = parametersOf({
      update: [input + width, width],
      reset: [input + width, width],
      candidate: [input + width, width],
      bias: [width],
      tag: [width, tags],
    });
    const program = (p: Tensors<keyof typeof parameters>, sequence: tf.Tensor) => {
      let state: tf.Tensor = tf.zeros([batch, width]);
      const states = tf.unstack(sequence, 1).map((step) => {
        const both = tf.concat([step, state], 1);
        const update = tf.sigmoid(tf.add(tf.matMul(both, p.update), p.bias));
        const reset = tf.sigmoid(tf.matMul(both, p.reset));
        const candidate = tf.tanh(tf.matMul(tf.concat([step, tf.mul(reset, state)], 1), p.candidate));
        state = tf.add(tf.mul(update, state), tf.mul(tf.sub(1, update), candidate));
        return state;
      });
      return tf.stack(states, 1);
    };
    await expectAsEager({
      parameters,
      inputs: {
        sequence: random(80, [batch, length, input], 1),
        labels: indices(81, [batch, length], tags),
        lengths: hostTensor('int32', [batch], [7, 4, 1]),
      },
      loss: (p, { sequence, labels, lengths }) => {
        const logits = tf.matMul(tf.reshape(program(p, sequence), [batch * length, width]), p.tag);
        const mask = tf.cast(tf.less(tf.range(0, length, 1, 'int32'), tf.reshape(lengths, [batch, 1])), 'float32');
        const taken = tf.gather(
          tf.reshape(tf.logSoftmax(logits), [batch, length, tags]),
          tf.expandDims(labels, 2) as tf.Tensor3D,
          2,
          2,
        );
        return tf.neg(tf.div(tf.sum(tf.mul(tf.squeeze(taken, [2]), mask)), tf.sum(mask)));
      },
    });
  });
});
