import { type Balancer, gradvac, smoothed, upgrad } from '@polytask/balance';
import { aggregate } from '@polytask/balance/testing';
import { fold, type HostTensor, hostTensor, key, normal, permutation, uniform } from '@polytask/base';
import type { Random } from '@polytask/core';
import { compile, openDevice, read } from '@polytask/engine';
import type { Aggregator } from '@polytask/train';
import { excessMtl, gradDrop, trimmedMean } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';

type Step = {
  readonly jacobian: readonly (readonly number[])[];
  readonly orders: readonly (readonly number[])[];
  readonly draws: readonly number[];
};

/** Steps one after the other of the same tasks. */
export type Sequence = { readonly tasks: number; readonly seed: number; readonly steps: readonly Step[] };

const [width, length] = [9, 5];
const stepKey = (seed: number, step: number) => fold(fold(key(seed), 'sequence'), step);

/** Normal gradients of 2 to 8 tasks with a common part, at scales from 10⁻² to 10². */
export function sequences(count: number): Sequence[] {
  return Array.from({ length: count }, (_, seed) => {
    const tasks = 2 + (seed % 7);
    const scale = 10 ** ((seed % 5) - 2);
    const steps = Array.from({ length }, (_, step) => {
      const source = stepKey(seed, step);
      const numbers = normal(fold(source, 'numbers'), (tasks + 1) * width);
      return {
        jacobian: Array.from({ length: tasks }, (_, i) =>
          Array.from(
            { length: width },
            (_, p) => scale * Math.fround(numbers[i * width + p]! + 0.3 * numbers[tasks * width + p]!),
          ),
        ).map((row) => row.map(Math.fround)),
        orders: Array.from({ length: tasks }, (_, i) => [...permutation(fold(source, i), tasks)]),
        draws: [...uniform(fold(source, 'shared'), width)],
      };
    });
    return { tasks, seed, steps };
  });
}

/** The directions of a sequence, or undefined where the method has none for so few tasks. */
export type Follow = (sequence: Sequence) => Promise<number[][] | undefined>;

// biome-ignore lint/suspicious/noExplicitAny: states differ
const balanced = (balancer: Balancer<any>): Follow => {
  return async ({ tasks, seed, steps }) => {
    let state = balancer.init(tasks);
    return steps.map(({ jacobian }, step) => {
      const found = aggregate(balancer, jacobian, { state, source: stepKey(seed, step) });
      state = found.state;
      return found.direction;
    });
  };
};

/** In the float32 of the compiled step, one program for each number of tasks. */
const combined = (aggregator: Aggregator, leastTasks = 2): Follow => {
  const programs = new Map<number, ReturnType<typeof programOf>>();
  return async ({ tasks, seed, steps }) => {
    if (tasks < leastTasks) return undefined;
    if (!programs.has(tasks)) programs.set(tasks, programOf(aggregator));
    const program = await programs.get(tasks)!;
    let state = aggregator.init({ shared: hostTensor('float32', [width], new Float32Array(width)) }, tasks);
    const directions: number[][] = [];
    const ones = hostTensor('float32', [tasks], new Float32Array(tasks).fill(1));
    for (const [step, { jacobian }] of steps.entries()) {
      const shared = hostTensor('float32', [tasks, width], jacobian.flat());
      const done = await program.run({ shared }, ones, ones, state as never, stepKey(seed, step));
      const { gradient, state: next } = (await read(done as never)) as {
        gradient: Record<string, HostTensor>;
        state: typeof state;
      };
      directions.push([...gradient.shared!.data]);
      state = Object.fromEntries(Object.entries(state).map(([name, slot]) => [name, { ...slot, ...next[name] }]));
    }
    return directions;
  };
};

const device = openDevice('onnx', { threads: 1 });
const programOf = async (aggregator: Aggregator) =>
  compile(
    (gradients: Record<string, tf.Tensor>, losses: tf.Tensor, present: tf.Tensor, state: never, random: Random) => {
      const { gradient, state: after } = aggregator.combine({ gradients, losses, present, random }, state);
      return { gradient, state: after };
    },
    { device: await device },
  );

/** What has a memory, or works entry by entry: its name, what the peer is told, and how to follow it. */
export const followed: readonly { readonly name: string; readonly options: object; readonly follow: Follow }[] = [
  { name: 'gradvac', options: { beta: 0.3 }, follow: balanced(gradvac({ beta: 0.3 })) },
  { name: 'smoothed(0.9, upgrad)', options: { alpha: 0.9 }, follow: balanced(smoothed(0.9, upgrad())) },
  { name: 'excessMtl', options: { rate: 0.5 }, follow: combined(excessMtl({ rate: 0.5 })) },
  { name: 'trimmedMean', options: { trim: 1 }, follow: combined(trimmedMean({ trim: 1 }), 3) },
  { name: 'gradDrop', options: { leak: 0 }, follow: combined(gradDrop()) },
  { name: 'gradDrop, leak 0.3', options: { leak: 0.3 }, follow: combined(gradDrop({ leak: 0.3 })) },
];
