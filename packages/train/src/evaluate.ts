import type { HostTensor } from '@polytask/base';
import { context, noRandom, type Summed } from '@polytask/core';
import { compile, type Device } from '@polytask/engine';
import type { Metric } from '@polytask/metrics';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch.ts';
import type { AnyModel } from './measure.ts';

/** A batch together with the labels it was made from; `null` is a missing one. */
export type LabelledBatch<Task extends string = string> = Batch<Task> & {
  readonly labels: Readonly<Record<Task, readonly unknown[]>>;
};

/** How the outputs of one task are judged. */
export type Judge = {
  /** One prediction per row, comparable with labels. */
  predict(outputs: HostTensor): unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: metrics of one task share their batch type with its `predict`
  readonly metrics: Readonly<Record<string, Metric<any, any, number>>>;
};

/** What one task scored. */
export type TaskResult = {
  /** Mean over the labels present; null without any. */
  readonly loss: number | null;
  /** Labels it was judged on. */
  readonly labels: number;
  readonly metrics: Readonly<Record<string, number>>;
};

export type Evaluation<Task extends string = string> = Readonly<Record<Task, TaskResult>>;

export type InferenceOptions = {
  /**
   * Names of the leading axes of the inputs that may have any size, such as `['batch', 'length']`. On devices that can, `predict` is then
   * compiled once for all sizes, with the parameters in it: give it the same tree each time, and one that is not changed in place.
   */
  readonly axes?: readonly (string | null)[];
};

/** A model in its `infer` mode: outputs of every task, and losses where targets are given. */
export function inference(model: AnyModel, device: Device, { axes = [] }: InferenceOptions = {}) {
  const isDynamic = axes.length > 0 && device.loadDynamic !== undefined;
  const silent = () => context('infer', noRandom);
  const predict = compile(
    (params: unknown, inputs: unknown) => {
      const representation = model.represent(params as never, inputs, silent());
      return { outputs: model.outputs(params as never, representation, silent()) as Record<string, tf.Tensor> };
    },
    { device, ...(isDynamic && { frozen: [0], dynamic: { 1: axes } }) },
  );
  const evaluate = compile(
    (params: unknown, batch: { inputs: unknown; targets: unknown }) => {
      const representation = model.represent(params as never, batch.inputs, silent());
      const made = model.losses(params as never, representation, batch.targets as never, silent());
      const losses = made as Record<string, Summed>;
      return {
        outputs: model.outputs(params as never, representation, silent()) as Record<string, tf.Tensor>,
        sums: tf.stack(model.tasks.map((task) => losses[task]!.sum)),
        counts: tf.stack(model.tasks.map((task) => losses[task]!.count)),
      };
    },
    { device },
  );
  return {
    /** In the order of the sums and counts of `evaluate`. */
    tasks: model.tasks as readonly string[],
    /** Whether `predict` takes all sizes without being compiled for each. */
    isDynamic,
    predict,
    evaluate,
    async [Symbol.asyncDispose]() {
      await predict[Symbol.asyncDispose]();
      await evaluate[Symbol.asyncDispose]();
    },
  };
}

export type Inference = ReturnType<typeof inference>;

/** Judges a model on labelled batches. A task without any label there has a null loss and metrics without evidence. */
export async function evaluate<Task extends string>(
  programs: Inference,
  {
    params,
    batches,
    judges,
    reconcile = (predictions) => predictions,
  }: {
    params: unknown;
    batches: Iterable<LabelledBatch<Task>> | AsyncIterable<LabelledBatch<Task>>;
    judges: Readonly<Record<Task, Judge>>;
    /** Changes what all tasks predicted of the same rows before it is judged, where they must not contradict each other. */
    reconcile?: (predictions: Readonly<Record<Task, unknown[]>>) => Readonly<Record<Task, readonly unknown[]>>;
  },
): Promise<Evaluation<Task>> {
  const tasks = Object.keys(judges) as Task[];
  const position = (task: Task) => programs.tasks.indexOf(task);
  const totals = tasks.map(() => ({ sum: 0, count: 0, labels: 0 }));
  const states = tasks.map((task) =>
    Object.fromEntries(Object.entries(judges[task]!.metrics).map(([name, metric]) => [name, metric.empty])),
  );
  for await (const batch of batches) {
    const { outputs, sums, counts } = await programs.evaluate.run(params, {
      inputs: batch.inputs,
      targets: batch.targets,
    });
    const made = Object.fromEntries(
      tasks.map((task) => [task, judges[task].predict((outputs as Record<string, HostTensor>)[task]!)]),
    ) as Record<Task, unknown[]>;
    const predictions = reconcile(made);
    for (const [index, task] of tasks.entries()) {
      const total = totals[index]!;
      total.sum += (sums as HostTensor).data[position(task)]!;
      total.count += (counts as HostTensor).data[position(task)]!;
      const actual = batch.labels[task]!.slice(0, batch.size);
      total.labels += actual.filter((label) => label !== null).length;
      const predicted = predictions[task].slice(0, batch.size);
      for (const [name, metric] of Object.entries(judges[task]!.metrics)) {
        states[index]![name] = metric.merge(states[index]![name], metric.observe({ predicted, actual }));
      }
    }
  }
  return Object.fromEntries(
    tasks.map((task, index) => {
      const { sum, count, labels } = totals[index]!;
      const metrics = Object.fromEntries(
        Object.entries(judges[task]!.metrics).map(([name, metric]) => [name, metric.compute(states[index]![name])]),
      );
      return [task, { loss: count > 0 ? sum / count : null, labels, metrics }];
    }),
  ) as Record<Task, TaskResult>;
}
