import { hostTensor, integer, key, uniform, words } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';

const threads = 4;
const onnx = await openDevice('onnx-node', { threads });

const rows = 3000;
const updates = 5000;
const width = 3;
const next = words(key(5));
const places = hostTensor(
  'int32',
  [updates, 2],
  Array.from({ length: updates }, () => [integer(next, 60), integer(next, 50)]).flat(),
);
const rowOf = (update: number) => Number(places.data[2 * update]) * 50 + Number(places.data[2 * update + 1]);

it('thousands of updates, many of one place, are added without a race between threads', async () => {
  const values = hostTensor('float32', [updates, width], uniform(key(1), updates * width));
  const wanted = new Float64Array(rows * width);
  for (let at = 0; at < updates * width; at++)
    wanted[rowOf(Math.floor(at / width)) * width + (at % width)]! += Number(values.data[at]);
  const program = compile(
    (indices: tf.Tensor, given: tf.Tensor) => tf.scatterND(indices as tf.Tensor2D, given, [60, 50, width]),
    { device: onnx },
  );

  const first = await program.run(places, values);
  const second = await program.run(places, values);

  expect(first.data).toEqual(second.data);
  for (const [at, value] of wanted.entries()) expect(Number(first.data[at])).toBeCloseTo(value, 4);
  await program[Symbol.asyncDispose]();
});

it('sums of integers are exact beyond the 24 bits of a float', async () => {
  const program = compile((indices: tf.Tensor, given: tf.Tensor) => tf.scatterND(indices as tf.Tensor2D, given, [2]), {
    device: onnx,
  });

  const found = await program.run(
    hostTensor('int32', [3, 1], [1, 1, 1]),
    hostTensor('int32', [3], [2 ** 24 + 1, 2 ** 24 + 1, 1]),
  );

  expect([...found.data]).toEqual([0, 2 ** 25 + 3]);
  await program[Symbol.asyncDispose]();
});

it('of several updates of one place the last stays, whatever thread comes to it first', async () => {
  const values = hostTensor(
    'float32',
    [updates],
    Float32Array.from({ length: updates }, (_, at) => at),
  );
  const last = new Float32Array(rows).fill(-1);
  for (let update = 0; update < updates; update++) last[rowOf(update)] = update;
  const program = compile(
    (indices: tf.Tensor, given: tf.Tensor) =>
      tf.tensorScatterUpdate(tf.fill([60, 50], -1) as tf.Tensor2D, indices as tf.Tensor2D, given),
    { device: onnx },
  );

  const found = await program.run(places, values);

  expect(found.data).toEqual(last);
  await program[Symbol.asyncDispose]();
});

it('a table on the cpu device is not written into by an update of it', async () => {
  const program = compile(
    (table: tf.Tensor, indices: tf.Tensor) => ({
      updated: tf.tensorScatterUpdate(table as tf.Tensor1D, indices as tf.Tensor2D, tf.tensor1d([9])),
      before: tf.add(table, 0),
    }),
    { device: await openDevice('cpu') },
  );

  const { updated, before } = await program.run(hostTensor('float32', [2], [1, 2]), hostTensor('int32', [1, 1], [0]));

  expect([...updated.data]).toEqual([9, 2]);
  expect([...before.data]).toEqual([1, 2]);
  await program[Symbol.asyncDispose]();
});
