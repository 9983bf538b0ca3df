import type { HostTensor } from '@polytask/base';
import { context, type Random, type Summed } from '@polytask/core';
import { compile, type Device } from '@polytask/engine';
import type { Metric } from '@polytask/metrics';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, HostTree } from './batch.ts';
import type { AnyModel } from './programs.ts';

/** A batch together with the labels it was made from; `null` is a missing one. */
export type LabelledBatch = Batch & { readonly labels: Readonly<Record<string, readonly unknown[]>> };

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

export type Evaluation = Readonly<Record<string, TaskResult>>;

/** A model in its `infer` mode: outputs of every task, and losses where targets are given. */
export function inference(model: AnyModel, device: Device) {
  const silent = () => context('infer', noRandom);
  return {
    predict: compile(
      (params: unknown, inputs: unknown) => ({
        outputs: model.outputs(params as never, model.represent(params as never, inputs, silent()), silent()) as Record<
          string,
          tf.Tensor
        >,
      }),
      { device },
    ),
    evaluate: compile(
      (params: unknown, batch: { inputs: unknown; targets: unknown }) => {
        const representation = model.represent(params as never, batch.inputs, silent());
        const losses = model.losses(params as never, representation, batch.targets as never, silent()) as Record<
          string,
          Summed
        >;
        return {
          outputs: model.outputs(params as never, representation, silent()) as Record<string, tf.Tensor>,
          sums: tf.stack(model.tasks.map((task) => losses[task]!.sum)),
          counts: tf.stack(model.tasks.map((task) => losses[task]!.count)),
        };
      },
      { device },
    ),
  };
}

export type Inference = ReturnType<typeof inference>;

/** Judges a model on labelled batches. A task without any label there has a null loss and metrics without evidence. */
export async function evaluate(
  programs: Inference,
  {
    params,
    batches,
    judges,
  }: {
    params: unknown;
    batches: Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>;
    judges: Readonly<Record<string, Judge>>;
  },
): Promise<Evaluation> {
  const tasks = Object.keys(judges);
  const totals = tasks.map(() => ({ sum: 0, count: 0, labels: 0 }));
  const states = tasks.map((task) =>
    Object.fromEntries(Object.entries(judges[task]!.metrics).map(([name, metric]) => [name, metric.empty])),
  );
  for await (const batch of batches) {
    const { outputs, sums, counts } = await programs.evaluate.run(params, {
      inputs: batch.inputs,
      targets: batch.targets,
    });
    for (const [index, task] of tasks.entries()) {
      const total = totals[index]!;
      total.sum += (sums as HostTensor).data[index]!;
      total.count += (counts as HostTensor).data[index]!;
      const actual = batch.labels[task]!.slice(0, batch.size);
      total.labels += actual.filter((label) => label !== null).length;
      const predicted = judges[task]!.predict((outputs as Record<string, HostTensor>)[task]!).slice(0, batch.size);
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
  );
}

const noRandom: Random = {
  fold: () => noRandom,
  keepMask: refuse,
  uniform: refuse,
  normal: refuse,
};

function refuse(): never {
  throw new RangeError("A layer draws random numbers in mode 'infer'. Draw only where context.mode is 'train'.");
}

export type { HostTree };
