import { type HostTensor, hostTensor, key, PolytaskError } from '@polytask/base';
import { gradients, type Random } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile, type Given, handOver, read } from './compile.ts';
import type { Device } from './device.ts';
import { openDevice } from './devices.ts';
import { Resident } from './resident.ts';

const direct = await openDevice('onnx-node', { threads: 1 });
const worker = await openDevice('onnx-node', { threads: 1, worker: true });

const wave = (shape: readonly number[], scale = 0.05): HostTensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: size }, (_, at) => scale * Math.sin(1 + at * 1.3)),
  );
};

type Params = { readonly w: tf.Tensor };

/** Steps of gradient descent on ‖(x ⊙ mask)·W·W…‖², with random masks and a hand-over. */
const training = (device: Device, products: number) =>
  compile(
    ({ w }: Params, x: tf.Tensor, draw: Random) => {
      const { value, gradients: found } = gradients(
        () => {
          let y = tf.mul(x, tf.cast(draw.keepMask(x.shape, 0.1), 'float32'));
          for (let layer = 0; layer < products; layer++) y = tf.tanh(tf.matMul(y as tf.Tensor2D, w as tf.Tensor2D));
          return tf.mean(tf.square(y));
        },
        { w },
      );
      const rate = handOver('rate', { value }, { shape: [] });
      return { params: { w: tf.sub(w, tf.mul(found.w!, rate)) }, loss: value };
    },
    { device, donate: [0], resident: ['params'] },
  );

const rate = {
  rate: ({ value }: Record<string, HostTensor>) => hostTensor('float32', [], [value!.data[0]! > 0 ? 0.1 : 0]),
};

async function train(device: Device, width: number, products: number, steps: number) {
  await using program = training(device, products);
  let params: { w: Given } = { w: wave([width, width]) };
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const done = await program.runWith(rate, params, wave([32, width], 1), key(step));
    params = done.params;
    losses.push(done.loss.data[0]!);
  }
  return { losses, w: (await read(params as { w: Resident })) as { w: HostTensor } };
}

test('a worker computes what the calling thread computes, with parameters that stay in it', async () => {
  const [here, there] = [await train(direct, 16, 3, 5), await train(worker, 16, 3, 5)];

  expect(there.losses).toEqual(here.losses);
  expect([...there.w.w.data]).toEqual([...here.w.w.data]);
  expect(worker.description).toContain('in a worker');
});

/** Gaps between the ticks of a 5 ms timer while `work` runs, and how long it took. */
async function ticking(work: () => Promise<unknown>) {
  const gaps: number[] = [];
  let last = performance.now();
  const start = last;
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, 5);
  await work();
  clearInterval(timer);
  const took = performance.now() - start;
  return { took, ticks: gaps.length, widest: Math.max(performance.now() - last, ...gaps) };
}

/** A step of some 300 ms, compiled before it is looked at. */
async function step(device: Device) {
  const program = training(device, 60);
  const width = 512;
  const x = wave([512, width], 1);
  const w = wave([width, width]);
  await program.warmup({ w }, x, key(0));
  return { run: () => program.runWith(rate, { w }, x, key(1)), program };
}

test('a 5 ms timer keeps ticking while a worker computes, and stands still in the first run without it', async () => {
  const [there, here] = [await step(worker), await step(direct)];
  await there.run(); // the buffers of the first run are made

  const first = await ticking(here.run); // how long it takes is not known yet
  const beside = await ticking(there.run);

  expect(first.took).toBeGreaterThan(50); // ten ticks, long enough to tell on the fastest machine
  expect(first.widest).toBeGreaterThan(first.took / 2.5); // its two stages block one after the other
  expect(beside.widest).toBeLessThan(Math.max(50, first.widest / 2));
  expect(beside.ticks).toBeGreaterThanOrEqual(beside.took / 5 / 2);
  await there.program[Symbol.asyncDispose]();
  await here.program[Symbol.asyncDispose]();
});

const isNative = direct.description.includes('native'); // not where koffi is missing
test.runIf(isNative)('the native runtime computes what takes long in a thread of its own', async () => {
  const { run, program } = await step(direct);
  await run();

  const again = await ticking(run);

  expect(again.ticks).toBeGreaterThanOrEqual(again.took / 5 / 4);
  expect(again.widest).toBeLessThan(Math.max(50, again.took / 2));
  await program[Symbol.asyncDispose]();
});

test('programs of any size and frozen arguments run in a worker', async () => {
  await using program = compile((w: tf.Tensor, x: tf.Tensor) => ({ y: tf.mul(x, w), kept: tf.neg(x) }), {
    device: worker,
    dynamic: { 1: ['batch'] },
    frozen: [0],
    resident: ['kept'],
  });
  const w = hostTensor('float32', [2], [2, 3]);

  const { y, kept } = await program.run(w, hostTensor('float32', [2, 2], [1, 2, 3, 4]));

  expect([...y.data]).toEqual([2, 6, 6, 12]);
  expect(Resident.is(kept)).toBe(true);
  expect([...((await read({ kept: kept as never })) as { kept: HostTensor }).kept.data]).toEqual([-1, -2, -3, -4]);
});

test('what is sent to a worker stays whole here', async () => {
  await using program = compile((x: tf.Tensor) => ({ y: tf.neg(x) }), { device: worker });
  const whole = new Float32Array([1, 2, 3, 4]);
  const x = { dtype: 'float32', shape: [2], data: whole.subarray(1, 3) } as const;

  expect([...(await program.run(x)).y.data]).toEqual([-2, -3]);
  expect([...whole]).toEqual([1, 2, 3, 4]);
});

test('an error in a worker is told to who asked', async () => {
  // a table that ends at 16: what is longer than that does not fit, which only ONNX Runtime sees
  const table = compile(
    (t: tf.Tensor, x: tf.Tensor) => ({ y: tf.add(x, tf.slice(t, [0], [Math.min(16, x.shape[0]!)])) }),
    {
      device: worker,
      dynamic: { 1: ['length'] },
    },
  );
  const error = await table.run(wave([16]), wave([40])).catch((reason: unknown) => reason);

  expect(PolytaskError.is(error)).toBe(true);
});

test('devices without a thread of their own say that they compute on the calling one', async () => {
  expect((await openDevice('cpu', { worker: true })).description).toContain('on the calling thread');
});
