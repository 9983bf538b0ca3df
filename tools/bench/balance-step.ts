/**
 * What it costs to compare the gradients of tasks in a training step: PCGrad with the Gramian of the representation, of the last shared
 * layer, and of all shared parameters, against equal weights, on a small convolutional network and a Transformer with 3, 10 and 40 tasks.
 *
 *   pnpm --silent bench balance-step [--json] [--quick] [--tasks 3,10] [--model cnn]
 *
 * On one thread, the steps of all four alternating in one process; the medians count, and the processor time of the process stands beside
 * them, since other work on the machine lengthens only the former. A backward pass is taken to be ⅔ of an equal step: K of them after one
 * forward pass take (1 + 2K)/3 steps, the bound of `parameters`. M-ConFIG, one task per step, stands in the last rows.
 */
import { parseArgs } from 'node:util';
import { equal, pcgrad } from '@polytask/balance';
import { fold, hostTensor, key, permutation } from '@polytask/base';
import { defineModel } from '@polytask/core';
import { transformer } from '@polytask/encoders';
import { openDevice } from '@polytask/engine';
import { type AnyModel, adam, type GradientScope, mConfig, trainingStep } from '@polytask/train';
import { convolutionalModel, image, images, labelled, median, tasksOf } from './balance/convolutional.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    tasks: { type: 'string' },
    model: { type: 'string' },
    steps: { type: 'string' },
  },
});
const counts = (flags.tasks ?? (flags.quick ? '3' : '3,10,40')).split(',').map(Number);

const text = { rows: 32, time: 64, width: 256, layers: 4, heads: 4, tokens: 8000 };

const models: Readonly<Record<string, (tasks: number) => { model: AnyModel; rows: number; inputs: unknown }>> = {
  cnn: (tasks) => ({
    model: convolutionalModel(tasks),
    rows: image.rows,
    inputs: images(),
  }),
  transformer: (tasks) => ({
    model: defineModel({
      encoder: transformer({ ...text, hidden: 4 * text.width, dropout: 0.1, maxLength: text.time, pooling: 'mean' }),
      inputShape: [text.time],
      tasks: tasksOf(tasks),
    }) as AnyModel,
    rows: text.rows,
    inputs: {
      ids: hostTensor('int32', [text.rows, text.time], permutation(key(1), text.rows * text.time)),
      lengths: hostTensor('int32', [text.rows], new Int32Array(text.rows).fill(text.time - 8)),
    },
  }),
};

type Row = {
  readonly model: string;
  readonly tasks: number;
  readonly compared: string;
  readonly milliseconds: number;
  readonly processor: number;
  /** Processor time over that of equal weights, and the bound it is to keep. */
  readonly ratio: number;
  readonly bound: number | null;
  /** Seconds for tracing and the session. */
  readonly compile: number;
};

async function measure(name: string, taskCount: number): Promise<Row[]> {
  const { model, rows, inputs } = models[name]!(taskCount);
  const batch = labelled(model, rows, inputs);
  const scopes: readonly GradientScope[] = ['representation', 'last-layer', 'parameters'];
  const device = await openDevice('onnx', { threads: 1 });
  const variants = [
    { compared: 'equal', step: trainingStep({ model, optimizer: adam(), balancer: equal(), device }) },
    ...scopes.map((gradients) => ({
      compared: gradients,
      step: trainingStep({ model, optimizer: adam(), balancer: pcgrad(), device, gradients }),
    })),
    { compared: 'mConfig', step: trainingStep({ model, optimizer: adam(), balancer: mConfig(), device }) },
  ].map((variant) => ({
    ...variant,
    state: variant.step.init(key(2)),
    times: [] as number[],
    processor: [] as number[],
  }));
  const steps = Number(flags.steps ?? (flags.quick ? 5 : name === 'cnn' ? 60 : taskCount === 40 ? 5 : 11));
  const compile = new Map<string, number>();
  for (let index = 0; index < steps + 2; index++)
    for (const variant of variants) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      const now = { learningRate: 1e-3, key: fold(key(3), index) };
      variant.state = (await variant.step.run(variant.state, [batch], now)).state;
      const used = process.cpuUsage(before);
      const milliseconds = performance.now() - start;
      if (index === 0) compile.set(variant.compared, milliseconds / 1e3);
      if (index < 2) continue;
      variant.times.push(milliseconds);
      variant.processor.push((used.user + used.system) / 1e3);
    }
  for (const { step } of variants) await step[Symbol.asyncDispose]();
  const base = median(variants[0]!.processor);
  return variants.map(({ compared, times, processor }) => ({
    model: name,
    tasks: taskCount,
    compared,
    milliseconds: median(times),
    processor: median(processor),
    ratio: median(processor) / base,
    bound:
      compared === 'parameters'
        ? (1 + 2 * taskCount) / 3
        : compared === 'representation' && taskCount === 3
          ? 1.3
          : null,
    compile: compile.get(compared)!,
  }));
}

if (!flags.json)
  console.log(
    '| model | tasks | compared at | step | processor | of an equal step | bound | first step |\n|---|---|---|---|---|---|---|---|',
  );
const results: Row[] = [];
for (const name of flags.model ? [flags.model] : Object.keys(models))
  for (const taskCount of counts) {
    const measured = await measure(name, taskCount);
    results.push(...measured);
    // at once: forty tasks at their parameters take minutes
    if (!flags.json) for (const row of measured) console.log(line(row));
  }
if (flags.json) console.log(JSON.stringify(results));

function line({ model, tasks, compared, milliseconds, processor, ratio, bound, compile }: Row): string {
  return `| ${model} | ${tasks} | ${compared} | ${milliseconds.toFixed(1)} ms | ${processor.toFixed(1)} ms | ${ratio.toFixed(2)} | ${bound === null ? '' : bound.toFixed(2)} | ${compile.toFixed(1)} s |`;
}
