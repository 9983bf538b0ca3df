import { type HostTensor, hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { compile, type Given, read } from './compile.ts';
import { openDevice } from './devices.ts';
import type { Resident } from './resident.ts';

const native = await openDevice('onnx-node', { threads: 1 });
const inWorker = await openDevice('onnx-node', { threads: 1, worker: true });

const side = 500;
const square = (values: (index: number) => number) =>
  hostTensor(
    'float32',
    [side, side],
    Float32Array.from({ length: side * side }, (_, index) => values(index)),
  );
const given = square(Math.sin);
const nothing = square(() => 0);
const numbers = (tensor: unknown) => Array.from((tensor as HostTensor).data);
/** Whether two results have the same bits: comparing them number by number takes longer than computing them. */
const isSame = (one: unknown, other: unknown) =>
  Buffer.compare(Buffer.from((one as HostTensor).data.buffer), Buffer.from((other as HostTensor).data.buffer)) === 0;

/** Long enough for a thread of its own, from the second run on. */
const slowly = (x: tf.Tensor, matrix: tf.Tensor = x) => {
  let power = x as tf.Tensor2D;
  for (let count = 0; count < 10; count++) power = tf.mul(tf.matMul(power, matrix as tf.Tensor2D), 0.01);
  return { power };
};

describe.each([
  ['in koffi’s thread', native],
  ['in a worker', inWorker],
])('while a program runs %s', (_, device) => {
  const make = compile((x: tf.Tensor) => ({ x: tf.add(x, 0) }), { device, resident: ['x'] });
  const clear = compile((x: tf.Tensor) => ({ x: tf.mul(x, 0) }), { device, donate: [0], resident: ['x'] });
  const slow = compile((x: tf.Tensor) => slowly(x), { device });
  const made = async () => (await make.run(given)).x as unknown as Resident;
  /** What the slow program makes of a resident while other programs run, and what it should make. */
  const during = async (others: (resident: Resident) => Promise<unknown>) => {
    const wanted = (await slow.run(given)).power;
    await clear.run(await made());
    const resident = await made();
    await slow.run(resident);
    const running = slow.run(resident);
    await others(resident);
    return { found: (await running).power, wanted };
  };
  afterAll(async () => {
    for (const program of [make, clear, slow]) await program[Symbol.asyncDispose]();
  });

  test('another may take the memory that it reads', async () => {
    const { found, wanted } = await during(async (resident) => {
      const { x } = await clear.run(resident);
      await clear.run(x as Given);
      await clear.run((await make.run(nothing)).x as Given);
    });

    expect(isSame(found, wanted)).toBe(true);
  });

  test('what it reads may be disposed of', async () => {
    const { found, wanted } = await during(async (resident) => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      resident[Symbol.dispose]();
      for (let count = 0; count < 3; count++) await make.run(nothing);
    });

    expect(isSame(found, wanted)).toBe(true);
  });

  test('memory that was taken from it is used again when it has ended', async () => {
    const before = device.buffers!();
    for (let count = 0; count < 3; count++) {
      const { x } = await (async () => {
        const resident = await made();
        const running = slow.run(resident);
        const cleared = clear.run(resident);
        await running;
        return cleared;
      })();
      (x as unknown as Resident)[Symbol.dispose]();
    }

    expect(device.buffers!() - before).toBeLessThanOrEqual(2);
  });

  test('a copy that was asked for before a run took the memory has what was there', async () => {
    const resident = await made();
    const copy = read({ resident });
    const cleared = clear.run(resident);

    expect(isSame(((await copy) as { resident: HostTensor }).resident, given)).toBe(true);
    await cleared;
  });
});

test('programs of any size are disposed of when their runs have ended', async () => {
  const program = compile((matrix: tf.Tensor, x: tf.Tensor) => slowly(x, matrix), {
    device: native,
    frozen: [0],
    dynamic: { 1: ['rows'] },
    cache: 1,
  });
  const wanted = (await program.run(given, given)).power;
  await program.run(given, given);

  const first = program.run(given, given);
  const evicting = program.run({ ...given }, given);
  for (const { power } of await Promise.all([first, evicting])) expect(isSame(power, wanted)).toBe(true);
  const last = program.run(given, given);
  await new Promise<void>((resolve) => setImmediate(resolve));
  await program[Symbol.asyncDispose]();

  expect(isSame((await last).power, wanted)).toBe(true);
});

test('one value under several names is changed under none when another is taken', async () => {
  const vector = (...values: number[]) => hostTensor('float32', [values.length], values);
  const device = native;
  const named = compile(
    (x: tf.Tensor) => {
      const sum = tf.add(x, 0);
      return { left: sum, right: sum, shown: sum };
    },
    { device, resident: ['left', 'right'] },
  );
  const step = compile((left: tf.Tensor, right: tf.Tensor) => ({ left: tf.add(left, 1), right: tf.add(right, 10) }), {
    device,
    donate: [0, 1],
    resident: ['left', 'right'],
  });

  const start = await named.run(vector(1, 2));
  let state = await step.run(start.left as Given, start.right as Given);
  state = await step.run(state.left as Given, state.right as Given);

  const { left, right } = (await read(state as never)) as Record<string, HostTensor>;
  expect([left, right, start.shown].map(numbers)).toEqual([
    [3, 4],
    [21, 22],
    [1, 2],
  ]);
});
