import { type HostTensor, hostTensor, key, PolytaskError } from '@polytask/base';
import {
  defineModel,
  dense,
  embedding,
  type Layer,
  lengthMask,
  type Random,
  softmaxCrossEntropy,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';
import { exportOnnx } from './export.ts';

const device = await openDevice('onnx-node');

/** A mean of embeddings: { ids [batch, length], lengths [batch] } → [batch, 4]. */
const table = embedding({ count: 9, width: 4 });
const encoder: Layer<{ readonly table: tf.Tensor }, { readonly ids: tf.Tensor; readonly lengths: tf.Tensor }> = {
  init: (seed) => ({ params: table.init(seed, []).params, outputShape: [4] }),
  apply(params, { ids, lengths }, context) {
    const mask = tf.expandDims(lengthMask(lengths, ids.shape[1]!), 2);
    return tf.div(tf.sum(tf.mul(table.apply(params, ids, context), mask), 1), tf.sum(mask, 1));
  },
};
const task = (units: number) => ({ layer: dense({ units }), loss: () => softmaxCrossEntropy as never });
const model = defineModel({ encoder, inputShape: [8], tasks: { topic: task(3), mood: task(2) } });

const batch = (rows: number, length: number) => ({
  ids: hostTensor(
    'int32',
    [rows, length],
    Int32Array.from({ length: rows * length }, (_, at) => (at * 5) % 9),
  ),
  lengths: hostTensor('int32', [rows], new Int32Array(rows).fill(Math.max(1, length - 1))),
});

const feed = (inputs: Record<string, HostTensor>) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape, data }]) => [
      name,
      new ort.Tensor(dtype as 'int32', data as Int32Array, shape),
    ]),
  );

test('a model in a file has names, takes any batch and length, and gives the outputs of the program', async () => {
  const params = model.init(key(3));
  const labels = { topic: ['a', 'b', 'ü'], mood: ['x', 'y'] };

  const file = exportOnnx(model, params, {
    inputs: batch(2, 8),
    axes: ['batch', 'length'],
    metadata: { labels, version: '1' },
  });

  const session = await ort.InferenceSession.create(file);
  expect(session.inputNames).toEqual(['ids', 'lengths']);
  expect(session.outputNames).toEqual(['topic', 'mood']);
  expect(session.inputMetadata.map((input) => (input.isTensor ? input.shape : []))).toEqual([
    ['batch', 'length'],
    ['batch'],
  ]);
  const text = new TextDecoder().decode(file);
  expect(text).toContain('{"topic":["a","b","ü"],"mood":["x","y"]}');
  expect(text).toContain('["topic","mood"]');
  for (const name of ['encoder.table', 'heads.topic.weight', 'heads.mood.bias']) expect(text).toContain(name);
  const program = compile(
    (own: typeof params, inputs: ReturnType<typeof batch>) => {
      const silent = { mode: 'infer' } as never;
      const representation = encoder.apply(own.encoder as never, inputs as never, silent);
      return {
        topic: dense({ units: 3 }).apply(own.heads.topic as never, representation, silent),
        mood: dense({ units: 2 }).apply(own.heads.mood as never, representation, silent),
      };
    },
    { device },
  );
  for (const inputs of [batch(1, 1), batch(5, 13)]) {
    const [found, expected] = [await session.run(feed(inputs)), await program.run(params as never, inputs as never)];
    for (const [name, { shape, data }] of Object.entries(expected as Record<string, HostTensor>)) {
      expect(found[name]!.dims).toEqual(shape);
      for (const [at, value] of data.entries()) expect(found[name]!.data[at]).toBeCloseTo(value, 5);
    }
  }
});

test('a function of one tensor has the names input and output, and fixed shapes where no axis is named', async () => {
  const file = exportOnnx((scale: tf.Tensor, x: tf.Tensor) => tf.mul(scale, x), hostTensor('float32', [2], [3, 4]), {
    inputs: hostTensor('float32', [1, 2], [0, 0]),
    axes: [],
  });

  const session = await ort.InferenceSession.create(file);
  const { output } = await session.run({ input: new ort.Tensor('float32', [5, 6], [1, 2]) });

  expect(session.inputMetadata.map((input) => (input.isTensor ? input.shape : []))).toEqual([[1, 2]]);
  expect([...(output!.data as Float32Array)]).toEqual([15, 24]);
});

test('names that stand for two things, and results under two names, are told apart', async () => {
  const file = exportOnnx(
    ({ y }: { y: tf.Tensor }, { x }: { x: tf.Tensor }) => {
      const sum = tf.add(x, y);
      return { x: sum, y: sum, z: tf.neg(sum) };
    },
    { y: hostTensor('float32', [2], [1, 2]) },
    { inputs: { x: hostTensor('float32', [3, 2], new Float32Array(6)) } },
  );

  const session = await ort.InferenceSession.create(file);
  const results = await session.run({ x: new ort.Tensor('float32', [1, 1], [1, 2]) });

  expect(Object.keys(results).sort()).toEqual(['x.output', 'y', 'z']);
  expect([...(results.y!.data as Float32Array)]).toEqual([2, 3]);
  expect([...(results['x.output']!.data as Float32Array)]).toEqual([2, 3]);
});

test('a program that draws random numbers has no file', () => {
  const program = (_: unknown, x: tf.Tensor, draw?: Random) => tf.add(x, draw?.uniform([1]) ?? 0);
  const drawing = (params: { key: Random }, x: tf.Tensor) => program(params, x, params.key);
  const write = () => exportOnnx(drawing, { key: key(1) }, { inputs: hostTensor('float32', [1], [1]) });

  expect(write).toThrow(PolytaskError);
  expect(write).toThrow('E3022');
});
