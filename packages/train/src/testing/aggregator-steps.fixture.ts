import { fold, type HostTensor, hostTensor, key, normal, uniform } from '@polytask/base';
import type { Random } from '@polytask/core';
import { compile, type Device, read } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import type { Aggregator } from '../aggregators/aggregator.ts';
import type { ByPath, Slots } from '../optimizers/transformation.ts';

export const taskCount = 3;
const shapes: Readonly<Record<string, readonly number[]>> = { 'encoder.weight': [2, 3], 'encoder.bias': [2] };
const sizeOf = (path: string) => shapes[path]!.reduce((product, size) => product * size, 1);
const width = Object.keys(shapes).reduce((sum, path) => sum + sizeOf(path), 0);

/** One step's gradients, a row of all parameters for each task; 0 for absent tasks. */
export type Moment = {
  readonly gradients: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly present: readonly boolean[];
  /** What the program draws of U(0, 1) for each parameter, one after the other. */
  readonly draws: readonly number[];
};

/** Six steps; in the third the second task is absent, in the fourth the first and the last. */
export const moments: readonly Moment[] = Array.from({ length: 6 }, (_, step) => {
  const seed = fold(key(4), step);
  const present = [step !== 3, step !== 2, step !== 3];
  const numbers = normal(fold(seed, 'gradients'), taskCount * width);
  return {
    present,
    gradients: present.map((here, task) =>
      Array.from(numbers.subarray(task * width, (task + 1) * width), (value) => (here ? value * (task + 0.5) : 0)),
    ),
    losses: Array.from(uniform(fold(seed, 'losses'), taskCount), (value, task) => (present[task] ? value + 0.2 : 0)),
    draws: Object.keys(shapes).flatMap((path) => [...uniform(fold(seed, path), sizeOf(path))]),
  };
});

/** The combined gradients and the weights of an aggregator over the moments; its state goes through the host at each step. */
export async function combined(
  aggregator: Aggregator,
  device: Device,
  given: readonly Moment[] = moments,
): Promise<{ gradients: number[][]; weights: (number[] | undefined)[]; own: (number[] | undefined)[] }> {
  const program = compile(
    (gradients: ByPath, losses: tf.Tensor, present: tf.Tensor, state: Slots, random: Random) =>
      aggregator.combine({ gradients, losses, present, random }, state),
    { device },
  );
  const params = Object.fromEntries(
    Object.entries(shapes).map(([path, shape]) => [path, hostTensor('float32', shape, new Float32Array(sizeOf(path)))]),
  );
  let state: Slots<HostTensor> = aggregator.init(params, taskCount);
  const found: Awaited<ReturnType<typeof combined>> = { gradients: [], weights: [], own: [] };
  for (const [step, { gradients, losses, present }] of given.entries()) {
    const rows = aggregator.turns ? [gradients[present.indexOf(true)]!] : gradients;
    let from = 0;
    const stacked = Object.fromEntries(
      Object.entries(shapes).map(([path, shape]) => {
        const part = rows.flatMap((row) => row.slice(from, from + sizeOf(path)));
        from += sizeOf(path);
        return [path, hostTensor('float32', [rows.length, ...shape], part)];
      }),
    );
    const vector = (values: readonly number[]) => hostTensor('float32', [taskCount], values);
    const done = await program.runWith(
      aggregator.answers ?? {},
      stacked,
      vector(losses),
      vector(present.map(Number)),
      state as never,
      fold(key(4), step),
    );
    const values = (await read(done.gradient as never)) as Record<string, HostTensor>;
    found.gradients.push(Object.keys(shapes).flatMap((path) => [...values[path]!.data]));
    found.weights.push(done.weights && [...(done.weights as HostTensor).data]);
    found.own.push(done.own && [...(done.own as HostTensor).data]);
    const next = (await read(done.state as never)) as Slots<HostTensor>;
    state = Object.fromEntries(Object.entries(state).map(([name, slot]) => [name, { ...slot, ...next[name] }]));
  }
  await program[Symbol.asyncDispose]();
  return found;
}

export const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, at) => sum + value * right[at]!, 0);

/** Σₖ wₖ gₖ. */
export const sumOf = (weights: readonly number[], gradients: readonly (readonly number[])[]): number[] =>
  gradients[0]!.map((_, at) => gradients.reduce((sum, row, task) => sum + weights[task]! * row[at]!, 0));
