import { type HostTensor, hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile, read } from '../compile.ts';
import { openDevice } from '../devices.ts';
import { Resident } from '../resident.ts';
import { stages } from '../stages.ts';
import { updatedInPlace } from './in-place.ts';

const device = await openDevice('onnx-node', { threads: 1 });
const table = () => hostTensor('float32', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
const ids = hostTensor('int32', [2, 1], [2, 0]);
type Table = { readonly table: tf.Tensor };

/** The rows `ids` doubled; what else is read of the table is `extra`. */
const program = (extra: (table: tf.Tensor, next: tf.Tensor) => readonly tf.Tensor[] = () => []) =>
  compile(
    ({ table }: Table, rows: tf.Tensor) => {
      const doubled = tf.mul(tf.gatherND(table, rows), 2);
      const next = tf.tensorScatterUpdate(table, rows, doubled);
      return { params: { table: next }, extra: extra(table, next) };
    },
    { device, donate: [0], resident: ['params'] },
  );

const bufferOf = (given: unknown) => (Resident.is(given) ? given.held().buffer : undefined);

const inPlace = (compiled: ReturnType<typeof program>) => {
  const graph = compiled.graph({ table: table() }, ids);
  return [...updatedInPlace(stages(graph), [...graph.outputs.values()]).values()];
};

test('a donated table whose rows are replaced keeps its memory', async () => {
  await using compiled = program();
  expect(inPlace(compiled)).toEqual(['0.table']);

  const first = await compiled.run({ table: table() }, ids); // not donated: nothing of the caller's is written to
  const before = bufferOf(first.params.table);
  const second = await compiled.run(first.params, ids);

  expect(bufferOf(second.params.table)).toBe(before);
  const { table: doubledTwice } = (await read(second.params)) as Record<string, HostTensor>;
  expect([...doubledTwice!.data]).toEqual([4, 8, 3, 4, 20, 24, 7, 8]);
});

test('a table that is read for something else keeps its rows until then', async () => {
  await using compiled = program((table) => [tf.sum(table)]);
  expect(inPlace(compiled)).toEqual([]);

  const first = await compiled.run({ table: table() }, ids);
  const second = await compiled.run(first.params, ids);

  expect(first.extra[0]!.data[0]).toBe(36);
  expect(second.extra[0]!.data[0]).toBe(36 + 3 + 11);
});

test('a table that is a result itself, or whose successor is one twice, is copied', () => {
  expect(inPlace(program((table) => [table]))).toEqual([]);
  expect(inPlace(program((_, next) => [next]))).toEqual([]);
});
