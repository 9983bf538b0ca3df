import { leaves, mapTree, type Tree } from '@polytask/base';
import {
  type AnyTask,
  context,
  gradients,
  type Model,
  named,
  type Random,
  type Recorder,
  type Summed,
} from '@polytask/core';
import { compile, type Device, handOver, reaches } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { applyUpdates } from './optimizers/apply.ts';
import { globalNorm } from './optimizers/clip.ts';
import type { ByPath, Slots, Transformation } from './optimizers/transformation.ts';

// biome-ignore lint/suspicious/noExplicitAny: any model; its own types are checked where it is defined
export type AnyModel = Model<any, any, Record<string, AnyTask>>;

/** The model's own tree, whose type is known only where the model is defined. */
type Params = unknown;
type TensorBatch = { readonly inputs: unknown; readonly targets: Readonly<Record<string, unknown>> };
type Measured = {
  readonly sums: tf.Tensor;
  readonly counts: tf.Tensor;
  /** The sums one by one: stacked, each would seem to depend on what any depends on. */
  readonly perTask: readonly tf.Tensor[];
  readonly extra: readonly tf.Tensor[];
};

/** For each parameter path the indexes of the tasks whose losses depend on it. */
export type Reach = ReadonlyMap<string, readonly number[]>;

const tree = (params: Params) => params as Tree<tf.Tensor>;
const byPath = (params: Params): ByPath => Object.fromEntries(leaves(tree(params)));

/**
 * The programs a training step consists of. Each is compiled when it first runs; a plain step is one program, `fused`.
 *
 * The loss of task k is sumₖ / denominatorₖ; the denominators come from outside, so that micro-batches add up to the whole batch.
 */
export function stepPrograms(model: AnyModel, optimizer: Transformation, device: Device) {
  const taskCount = model.tasks.length;
  const known: { reach?: Reach } = {};

  const losses = (params: Params, representation: tf.Tensor, batch: TensorBatch, random: Random): Measured => {
    const extra: tf.Tensor[] = [];
    const record: Recorder = { loss: (_, value) => extra.push(value), observe: () => {} };
    const made = model.losses(
      params as never,
      representation,
      batch.targets as never,
      context('train', random, record),
    ) as Record<string, Summed>;
    const list = model.tasks.map((name) => made[name]!);
    const perTask = list.map(({ sum }) => sum);
    return { sums: tf.stack(perTask), counts: tf.stack(list.map(({ count }) => count)), perTask, extra };
  };
  const measure = (params: Params, batch: TensorBatch, random: Random): Measured => {
    const extra: tf.Tensor[] = [];
    const record: Recorder = { loss: (_, value) => extra.push(value), observe: () => {} };
    const representation = model.represent(params as never, batch.inputs, context('train', random, record));
    const measured = losses(params, representation, batch, random);
    return { ...measured, extra: [...extra, ...measured.extra] };
  };
  const means = (sums: tf.Tensor, denominators: tf.Tensor) => tf.div(sums, tf.maximum(denominators, 1e-30));

  /** ∂ Σ wₖ·meanₖ / ∂θ for every parameter that any task reaches. */
  const differentiate = (
    params: Params,
    batch: TensorBatch,
    weights: tf.Tensor,
    denominators: tf.Tensor,
    random: Random,
  ) => {
    let measured!: Measured;
    const result = gradients(() => {
      measured = measure(params, batch, random);
      const weighted = tf.sum(tf.mul(weights, means(measured.sums, denominators)));
      return measured.extra.reduce<tf.Tensor>((total, loss) => tf.add(total, loss), weighted);
    }, byPath(params));
    known.reach = reachOf(params, measured.perTask);
    const present = Object.entries(result.gradients).filter(([, gradient]) => gradient !== null);
    return { measured, gradients: Object.fromEntries(present) as ByPath };
  };

  const update = (
    params: Params,
    slots: Slots,
    found: ByPath,
    denominators: tf.Tensor,
    learningRate: tf.Tensor,
    reach: Reach,
  ) => {
    const labelled = tf.greater(denominators, 0);
    const active = (path: string) => {
      const tasks = reach.get(path) ?? [];
      // A step without any label is not taken at all, so what every task reaches is always active.
      return tasks.length === taskCount ? undefined : tf.any(tf.gather(labelled, tf.tensor1d([...tasks], 'int32')));
    };
    const next = named('optimizer', () =>
      applyUpdates(optimizer, {
        params: byPath(params),
        gradients: found,
        state: slots,
        learningRate,
        active,
      }),
    );
    const nested: Params = mapTree(tree(params), (_, path) => next.params[path]!);
    return { params: nested, slots: next.state };
  };

  const options = { device, donate: [0, 1], resident: ['params', 'slots'] };
  return {
    /** One whole step whose weights are known before. */
    fused: compile(
      (
        params: Params,
        slots: Slots,
        batch: TensorBatch,
        weights: tf.Tensor,
        denominators: tf.Tensor,
        learningRate: tf.Tensor,
        random: Random,
      ) => {
        const { measured, gradients: found } = differentiate(params, batch, weights, denominators, random);
        const next = update(params, slots, found, denominators, learningRate, known.reach!);
        return { ...next, sums: measured.sums, counts: measured.counts };
      },
      options,
    ),
    /** One whole step that stops in the middle for the host to weigh its losses and, if wanted, the Gramian of the representation. */
    cut: compile(
      (
        params: Params,
        slots: Slots,
        batch: TensorBatch,
        denominators: tf.Tensor,
        learningRate: tf.Tensor,
        random: Random,
        needs: 'losses' | 'gramian',
      ) => {
        const silent = context('train', random);
        const representation = model.represent(params as never, batch.inputs, silent);
        const { sums } = losses(params, representation, batch, random);
        const shown: Record<string, tf.Tensor> = { losses: means(sums, denominators) };
        if (needs === 'gramian') {
          const rows = model.tasks.map((_, task) => {
            const loss = () => tf.gather(means(losses(params, representation, batch, random).sums, denominators), task);
            const { gradients: found } = gradients(loss, { representation });
            return tf.reshape(found.representation ?? tf.zerosLike(representation), [-1]);
          });
          const jacobian = tf.stack(rows) as tf.Tensor2D;
          shown.gramian = tf.matMul(jacobian, jacobian, false, true);
        }
        const weights = handOver('weights', shown, { shape: [taskCount] });
        const { measured, gradients: found } = differentiate(params, batch, weights, denominators, random);
        const next = update(params, slots, found, denominators, learningRate, known.reach!);
        return { ...next, sums: measured.sums, counts: measured.counts };
      },
      options,
    ),
    /** Losses alone, for weighing a step of several micro-batches. */
    measure: compile(
      (params: Params, batch: TensorBatch, random: Random) => {
        const { sums, counts } = measure(params, batch, random);
        return { sums, counts };
      },
      { device },
    ),
    differentiate: compile(
      (params: Params, batch: TensorBatch, weights: tf.Tensor, denominators: tf.Tensor, random: Random) => {
        const { measured, gradients: found } = differentiate(params, batch, weights, denominators, random);
        return { gradients: found, sums: measured.sums, counts: measured.counts };
      },
      { device, resident: ['gradients'] },
    ),
    add: compile(
      (left: ByPath, right: ByPath) => ({
        sum: Object.fromEntries(Object.entries(left).map(([path, value]) => [path, tf.add(value, right[path]!)])),
      }),
      { device, donate: [0, 1], resident: ['sum'] },
    ),
    update: compile(
      (params: Params, slots: Slots, found: ByPath, denominators: tf.Tensor, learningRate: tf.Tensor) => {
        const next = update(params, slots, found, denominators, learningRate, known.reach!);
        return { ...next, gradientNorm: globalNorm(found) };
      },
      { ...options, donate: [0, 1, 2] },
    ),
  };
}

function reachOf(params: Params, losses: readonly tf.Tensor[]): Reach {
  const entries = leaves<tf.Tensor>(tree(params));
  const perTask = losses.map((loss) =>
    reaches(
      loss,
      entries.map(([, tensor]) => tensor),
    ),
  );
  return new Map(
    entries.map(([path], index) => [path, perTask.flatMap((reached, task) => (reached[index] ? [task] : []))]),
  );
}
