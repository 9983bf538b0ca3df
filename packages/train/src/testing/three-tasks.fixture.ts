import type { Balancer, Statistics } from '@polytask/balance';
import { type HostTensor, hostTensor, key, leaves, normal } from '@polytask/base';
import {
  type AnyTask,
  defineModel,
  dense,
  type Layer,
  sequential,
  softmaxCrossEntropy,
  squaredError,
} from '@polytask/core';
import { type Resident, read } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batch.ts';
import type { AnyModel } from '../measure.ts';

export const tasks = ['topic', 'tone', 'score'] as const;

const classify = (units: number): AnyTask => ({
  layer: dense({ units }),
  loss: (logits: tf.Tensor, { classes }: { classes: tf.Tensor }) => softmaxCrossEntropy(logits, classes),
});

/** What the gradient of no task knows: 0.01 Σ w² of the first layer. */
const decayed = <Params extends { weight: tf.Tensor }>(layer: Layer<Params>): Layer<Params> => ({
  ...layer,
  apply(params, input, context) {
    context.record.loss('decay', tf.mul(0.01, tf.sum(tf.square(params.weight))));
    return layer.apply(params, input, context);
  },
});

/**
 * Three tasks on two shared layers. The scale in the encoder's tree is multiplied to the outputs of `score` alone, so it is not shared; its
 * first layer is.
 */
export function threeTasks({ regularised = false } = {}): AnyModel {
  const first = dense({ units: 5, activation: 'tanh' });
  const shared = sequential({
    hidden: regularised ? decayed(first) : first,
    out: dense({ units: 4, activation: 'gelu' }),
  });
  const encoder = {
    init(seed, shape) {
      const made = shared.init(seed, shape);
      return { ...made, params: { scale: hostTensor('float32', [1], [1.5]), ...made.params } };
    },
    apply: (params, input, context) => shared.apply(params, input, context),
  } as Layer<Parameters<typeof shared.apply>[0] & { scale: tf.Tensor }>;
  const model = defineModel({
    encoder,
    inputShape: [3],
    tasks: {
      topic: classify(3),
      tone: classify(2),
      score: {
        layer: dense({ units: 1 }),
        loss: (guess: tf.Tensor, { values, present }: { values: tf.Tensor; present: tf.Tensor }) =>
          squaredError(guess, values, { present }),
      } as AnyTask,
    },
  });
  return {
    ...model,
    losses(params, representation, targets, context) {
      const outputs = model.outputs(params as never, representation, context);
      const scaled = { ...outputs, score: tf.mul(outputs.score as tf.Tensor, params.encoder.scale) };
      return {
        topic: softmaxCrossEntropy(scaled.topic as tf.Tensor, (targets.topic as { classes: tf.Tensor }).classes),
        tone: softmaxCrossEntropy(scaled.tone as tf.Tensor, (targets.tone as { classes: tf.Tensor }).classes),
        score: squaredError(scaled.score, (targets.score as { values: tf.Tensor }).values, {
          present: (targets.score as { present: tf.Tensor }).present,
        }),
      };
    },
  } as AnyModel;
}

/** Six examples; `absent` has no label in them. */
export function batchOf({
  absent,
  seed = 1,
  rows = 6,
}: {
  absent?: (typeof tasks)[number];
  seed?: number;
  rows?: number;
} = {}): Batch {
  const draw = (name: number, count: number) => normal(key(100 * seed + name), count);
  const labels = (task: (typeof tasks)[number], count: number, salt: number) =>
    Array.from({ length: rows }, (_, row) =>
      task === absent || (row + salt) % 4 === 0 ? -1 : (row * 5 + salt) % count,
    );
  const [topic, tone] = [labels('topic', 3, 1), labels('tone', 2, 2)];
  const present = Array.from({ length: rows }, (_, row) => Number(absent !== 'score' && row % 3 !== 1));
  const known = (list: readonly number[]) => list.filter((label) => label >= 0).length;
  return {
    inputs: hostTensor('float32', [rows, 3], draw(0, rows * 3)),
    targets: {
      topic: { classes: hostTensor('int32', [rows], topic) },
      tone: { classes: hostTensor('int32', [rows], tone) },
      score: {
        values: hostTensor('float32', [rows, 1], draw(1, rows)),
        present: hostTensor('int32', [rows], present),
      },
    },
    counts: { topic: known(topic), tone: known(tone), score: present.filter((one) => one === 1).length },
    size: rows,
    epoch: 0,
    last: false,
  };
}

/** A balancer with given weights that keeps what it was shown. */
export function spy(weights: readonly number[], needs: Balancer<unknown>['needs'] = 'gramian') {
  const seen: Statistics[] = [];
  const balancer: Balancer<Record<string, never>> = {
    name: 'spy',
    needs,
    knownBefore: false,
    init: () => ({}),
    weigh(statistics) {
      seen.push(statistics);
      const own = weights.map((weight, task) => (statistics.present[task] ? weight : 0));
      return { weights: own, state: {}, status: { kind: 'ok' } };
    },
  };
  return { balancer, seen };
}

/** Host values of a tree, by path. */
export async function valuesOf(given: unknown): Promise<Record<string, readonly number[]>> {
  const host = await read(given as never);
  return Object.fromEntries(
    leaves<HostTensor | Resident>(host as never).map(([path, tensor]) => [path, [...(tensor as HostTensor).data]]),
  );
}

export const largestDifference = (
  left: Readonly<Record<string, readonly number[]>>,
  right: Readonly<Record<string, readonly number[]>>,
): number =>
  Math.max(
    ...Object.entries(left).flatMap(([path, list]) => list.map((value, at) => Math.abs(value - right[path]![at]!))),
  );
