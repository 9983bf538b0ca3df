import { type HostTensor, hostTensor, scalar } from '@polytask/base';
import { gradients } from '@polytask/core';
import { compile, openDevice, read } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { applyUpdates } from './apply.ts';
import { chain } from './chain.ts';
import { clipByGlobalNorm } from './clip.ts';
import { lazy } from './lazy.ts';
import { adam, sgd } from './presets.ts';
import type { ByPath, Slots, Transformation } from './transformation.ts';

type State = { readonly params: ByPath<HostTensor>; readonly slots: Slots<HostTensor> };

/** Steps whose loss is the sum of the rows that they read, so that the gradient of a row is how often it was read. */
async function takeSteps(
  name: string,
  optimizer: Transformation,
  steps: readonly (readonly number[])[],
  isTied = false,
) {
  const device = await openDevice(name);
  await using step = compile(
    (params: { table: tf.Tensor }, slots: Slots, ids: tf.Tensor, learningRate: tf.Tensor) => {
      const loss = () => {
        const read = tf.sum(tf.gather(params.table, ids as tf.Tensor1D));
        return isTied ? tf.add(read, tf.sum(params.table)) : read;
      };
      const found = gradients(loss, { ...params }).gradients as ByPath;
      const active = () => undefined;
      const next = applyUpdates(optimizer, { params, gradients: found, state: slots, learningRate, active });
      return { params: next.params as { table: tf.Tensor }, slots: next.state };
    },
    { device, donate: [0, 1], resident: ['params', 'slots'] },
  );
  const table = hostTensor('float32', [5, 2], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  let state = { params: { table }, slots: optimizer.init({ table }) } as never as Awaited<ReturnType<typeof step.run>>;
  for (const ids of steps)
    state = await step.run(state.params, state.slots, hostTensor('int32', [ids.length], ids), scalar(0.1));
  const { params, slots } = (await read(state as never)) as unknown as State;
  const rows = ({ data }: HostTensor) => Array.from({ length: 5 }, (_, row) => data[2 * row]!);
  return { table: rows(params.table!), slot: (slot: string) => rows(slots[slot]!.table!), slots };
}

const expectClose = (values: readonly number[], expected: readonly number[]) => {
  for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 5);
};

test.each(['onnx', 'onnx-web', 'wasm', 'cpu'])(
  'on %s, lazy Adam moves the rows of the batch and their moments alone',
  async (name) => {
    const { table, slot, slots } = await takeSteps(name, lazy(adam()), [[1, 3, 1], [3]]);

    // A first step is η·sign(g). Row 3 is read again: m = 0.9·0.1 + 0.1 = 0.19, v = 0.001999, m̂ = v̂ = 1: η once more.
    expectClose(table, [0, 0.9, 2, 2.8, 4]);
    expectClose(slot('0.mean'), [0, 0.2, 0, 0.19, 0]); // row 1 was read twice: g = 2
    expectClose(slot('0.square'), [0, 0.004, 0, 0.001999, 0]);
    expect(slots['0.count']!.table!.data[0]).toBe(2);
  },
);

test('the dense optimizer moves a row by its moments after the batch no longer reads it', async () => {
  const { table } = await takeSteps('onnx', adam(), [[1, 3, 1], [3]]);

  expect(table[1]).toBeLessThan(0.85);
});

test('without moments lazy and dense steps are the same, clipping by the norm of all rows included', async () => {
  const steps = [
    [1, 3, 1, 1],
    [0, 4],
    [3, 3],
  ];
  const optimizer = chain(clipByGlobalNorm(1), sgd());

  expectClose(
    (await takeSteps('onnx', chain(clipByGlobalNorm(1), lazy(sgd())), steps)).table,
    (await takeSteps('onnx', optimizer, steps)).table,
  );
});

test('a table that is used otherwise too, or not chosen, is updated as a whole', async () => {
  const steps = [[1], [3]];

  expect((await takeSteps('onnx', lazy(adam()), steps, true)).table).toEqual(
    (await takeSteps('onnx', adam(), steps, true)).table,
  );
  expect(
    (
      await takeSteps(
        'onnx',
        lazy(adam(), () => false),
        steps,
      )
    ).table,
  ).toEqual((await takeSteps('onnx', adam(), steps)).table);
});
