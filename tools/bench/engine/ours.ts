/**
 * Times the training step of one model in a process of its own, so that its peak memory is its own: prints JSON.
 *
 *   tsx ours.ts '{"model":"cnn","device":"onnx","threads":2,"warmup":4,"steps":15}'
 */
import { readFileSync } from 'node:fs';
import { fold, type HostTensor, hostTensor, key, mapTree } from '@polytask/base';
import { gradients, type Random } from '@polytask/core';
import { compile, openDevice } from '@polytask/engine';
import { adam, applyUpdates, type ByPath } from '@polytask/train';
import * as tf from '@tensorflow/tfjs-core';
import { models } from './models.ts';

type Settings = {
  readonly model: keyof typeof models;
  readonly device: string;
  readonly threads: number;
  readonly warmup: number;
  readonly steps: number;
  readonly options?: Record<string, number>;
  readonly profile?: string;
};
const settings = JSON.parse(process.argv[2]!) as Settings;
const start = performance.now();
const device = await openDevice(settings.device, {
  threads: settings.threads,
  ...(settings.profile && { profile: settings.profile }),
});
const model = models[settings.model](settings.options);
const optimizer = adam();

const program = compile(
  (
    params: Record<string, tf.Tensor>,
    slots: Record<string, ByPath>,
    state: Record<string, tf.Tensor>,
    batch: Record<string, tf.Tensor>,
    weights: tf.Tensor,
    learningRate: tf.Tensor,
    random: Random,
  ) => {
    let made!: ReturnType<typeof model.losses>;
    const { gradients: found } = gradients(() => {
      made = model.losses(params, batch, random, state);
      return tf.sum(tf.mul(tf.stack([...made.losses]), weights));
    }, params);
    const next = applyUpdates(optimizer, {
      params,
      gradients: found as ByPath,
      state: slots,
      learningRate,
      active: () => undefined,
    });
    return { params: next.params, slots: next.state, state: made.state ?? {}, losses: tf.stack([...made.losses]) };
  },
  { device, donate: [0, 1, 2], resident: ['params', 'slots', 'state'] },
);

const weights = hostTensor('float32', [2], [1, 0.5]);
let params: unknown = mapTree(model.params as never, (tensor: HostTensor) => tensor);
let slots: unknown = optimizer.init(model.params);
let state: unknown = model.state ?? {};
const [times, losses]: [number[], number[]] = [[], []];
for (let step = 0; step <= settings.warmup + settings.steps; step++) {
  const batch = model.batch(step);
  const before = step === 0 ? start : performance.now();
  const done = await program.run(
    params as never,
    slots as never,
    state as never,
    batch,
    weights,
    1e-3,
    fold(key(2), step),
  );
  losses.push(done.losses.data[0] as number);
  times.push(performance.now() - before);
  ({ params, slots, state } = done);
}
await program[Symbol.asyncDispose]();
const settled = times.slice(1 + settings.warmup).sort((a, b) => a - b);
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
console.log(
  JSON.stringify({
    first: times[0],
    minimum: settled[0],
    median: settled[Math.floor(settled.length / 2)],
    peakMiB: peak ? Number(peak[1]) / 1024 : null,
    losses: [losses[0], losses.at(-1)],
  }),
);
