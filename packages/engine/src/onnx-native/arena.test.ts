import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';
import { sharedArena } from './arena.ts';
import type { Library } from './library.ts';

const mib = 2 ** 20;
const columns = 1024;
const layers = 20;

/** Needs 20 matrices at a time, of 4 MiB each with 1024 rows: what was computed first is used last. */
const chain = (x: tf.Tensor) => {
  const values = [x];
  for (let layer = 0; layer < layers; layer++) values.push(tf.sin(values.at(-1)!));
  return { sum: tf.sum(values.reduceRight((product, value) => tf.add(tf.mul(product, value), product))) };
};
const rows = (count: number) => hostTensor('float32', [count, columns], new Float32Array(count * columns).fill(0.5));
const resident = () => process.memoryUsage.rss() / mib;

test('sessions for several shapes compute in the same memory, once what one of them needs, and give it back at the end', async () => {
  const program = compile(chain, { device: await openDevice('onnx', { threads: 1 }) });
  const thrice = async (count: number) => {
    const given = rows(count);
    for (let run = 0; run < 3; run++) await program.run(given);
  };
  await thrice(1);
  const before = resident();

  await thrice(1024);
  const one = resident();
  for (const count of [960, 992, 928]) await thrice(count);
  const four = resident();
  await program[Symbol.asyncDispose]();
  const none = resident();

  // 80 MiB and what the tests themselves leave behind; 12 MiB are the inputs
  expect(one - before).toBeLessThan(120);
  expect(four - one).toBeLessThan(60);
  if (process.platform === 'linux') expect(four - none).toBeGreaterThan(50);
});

test('the arena is there from the first session to the last, and may be gone before', () => {
  const calls: string[] = [];
  const arena = sharedArena({
    registerArena: () => calls.push('made'),
    unregisterArena() {
      calls.push('given up');
      throw new Error('No allocator for this device has been registered for sharing.');
    },
  } as unknown as Library);

  for (let round = 0; round < 2; round++) {
    arena.enter();
    arena.enter();
    arena.leave();
    arena.leave();
  }

  expect(calls).toEqual(['made', 'given up', 'made', 'given up']);
});

test('what else keeps the arena from being given up is told', () => {
  const broken = sharedArena({
    registerArena() {},
    unregisterArena() {
      throw new Error('The environment is gone.');
    },
  } as unknown as Library);
  broken.enter();
  expect(() => broken.leave()).toThrow('The environment is gone.');
});
