import { mapTree } from '@polytask/base';
import { named, type Random } from '@polytask/core';
import { compile, type Device, handOver } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { type Aggregator, aggregatorSlots } from './aggregators/aggregator.ts';
import { aggregate } from './aggregators/in-step.ts';
import { compare, differentiate, means } from './differentiate.ts';
import { type AnyModel, byPath, measure, type Params, type Reach, reachOf, type TensorBatch, tree } from './measure.ts';
import { applyUpdates } from './optimizers/apply.ts';
import { globalNorm } from './optimizers/clip.ts';
import type { ByPath, Slots, Transformation } from './optimizers/transformation.ts';
import { statesInPieces } from './refusals.ts';
import type { GradientScope } from './task-gradients.ts';

export type ProgramOptions = {
  readonly model: AnyModel;
  readonly optimizer: Transformation;
  readonly device: Device;
  /** What Gramians are of. */
  readonly scope: GradientScope;
  /** Combines the gradients of the tasks in `aggregated`. */
  readonly aggregator?: Aggregator | undefined;
};

/** The parameters and slots after a step with these gradients and running states. What only absent tasks reach rests. */
export function update(
  optimizer: Transformation,
  params: Params,
  slots: Slots,
  found: ByPath,
  denominators: tf.Tensor,
  learningRate: tf.Tensor,
  reach: Reach,
  states: ByPath = {},
): { params: Params; slots: Slots } {
  const labelled = tf.greater(denominators, 0);
  const active = (path: string) => {
    const tasks = reach.get(path) ?? [];
    // A step without any label is not taken at all, so what every task reaches is always active.
    if (tasks.length === denominators.size) return undefined;
    return tf.any(tf.gather(labelled, tf.tensor1d([...tasks], 'int32')));
  };
  const next = named('optimizer', () =>
    applyUpdates(optimizer, { params: byPath(params), gradients: found, state: slots, learningRate, active }),
  );
  return { params: mapTree(tree(params), (_, path) => states[path] ?? next.params[path]!), slots: next.state };
}

/**
 * The programs a training step consists of. Each is compiled when it first runs; a plain step is one program, `fused`.
 *
 * The loss of task k is sumₖ / denominatorₖ; the denominators come from outside, so that micro-batches add up to the whole batch.
 */
export function stepPrograms({ model, optimizer, device, scope, aggregator }: ProgramOptions) {
  const known: { reach?: Reach } = {};
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
        const given = { model, params, batch, denominators, random };
        const { measured, reach, gradients: found } = differentiate(given, weights);
        const next = update(optimizer, params, slots, found, denominators, learningRate, reach, measured.states);
        return { ...next, sums: measured.sums, counts: measured.counts };
      },
      options,
    ),
    /** One whole step that stops in the middle for the host to weigh its losses and, if wanted, the Gramian of the tasks' gradients. */
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
        const given = { model, params, batch, denominators, random };
        const before = measure(model, params, batch, random);
        const compared = needs === 'gramian' ? compare(given, before, scope, !optimizer.lazy) : undefined;
        const shown = { losses: means(before, denominators), ...(compared && { gramian: compared.gramian }) };
        const weights = handOver('weights', shown, { shape: [model.tasks.length] });
        const {
          measured,
          reach,
          gradients: found,
        } = compared?.combine
          ? { measured: before, reach: reachOf(params, before.perTask), gradients: compared.combine(weights) }
          : differentiate(given, weights);
        const next = update(optimizer, params, slots, found, denominators, learningRate, reach, measured.states);
        return { ...next, sums: measured.sums, counts: measured.counts };
      },
      options,
    ),
    /** One whole step in which the aggregator combines the gradients of the tasks. `turns` has 1 for each task that takes part. */
    aggregated: compile(
      (
        params: Params,
        slots: Slots,
        batch: TensorBatch,
        turns: tf.Tensor,
        denominators: tf.Tensor,
        learningRate: tf.Tensor,
        random: Random,
      ) => {
        const given = { model, params, batch, denominators, random };
        const measured = measure(model, params, batch, random);
        const reach = reachOf(params, measured.perTask);
        const { own, others } = aggregatorSlots.split(slots);
        const { gradients: found, state, weights } = aggregate(aggregator!, given, measured, reach, turns, own);
        const taken = tf.mul(denominators, turns);
        const next = update(optimizer, params, others, found, taken, learningRate, reach, measured.states);
        return {
          params: next.params,
          slots: { ...next.slots, ...aggregatorSlots.join(state) },
          sums: measured.sums,
          weights,
        };
      },
      options,
    ),
    /** Losses, and the Gramian of this part, for weighing a step of several micro-batches. */
    measure: compile(
      (params: Params, batch: TensorBatch, denominators: tf.Tensor, random: Random, needs: 'losses' | 'gramian') => {
        const measured = measure(model, params, batch, random);
        if (needs === 'losses') return { sums: measured.sums };
        const { gramian } = compare({ model, params, batch, denominators, random }, measured, scope, false);
        return { sums: measured.sums, gramian };
      },
      { device },
    ),
    differentiate: compile(
      (params: Params, batch: TensorBatch, weights: tf.Tensor, denominators: tf.Tensor, random: Random) => {
        const given = { model, params, batch, denominators, random };
        const { measured, reach, gradients: found } = differentiate(given, weights);
        if (Object.keys(measured.states).length > 0) throw statesInPieces(Object.keys(measured.states)[0]!);
        known.reach = reach;
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
        const next = update(optimizer, params, slots, found, denominators, learningRate, known.reach!);
        return { ...next, gradientNorm: globalNorm(found) };
      },
      { ...options, donate: [0, 1, 2] },
    ),
  };
}
