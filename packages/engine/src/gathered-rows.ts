import { sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from './graph.ts';
import { tensorOf, tracedValue } from './recording.ts';

/** A gradient that is 0 but in a few rows: that of row `ids[i]` is the sum of all `values[j]` with the same id. */
export type GatheredRows = {
  /** [n] int32, in any order and with repetitions. */
  readonly ids: tf.Tensor;
  /** [n, …]: one row of the gradient's width each. */
  readonly values: tf.Tensor;
};

/**
 * The rows that a gradient consists of, where its tensor was only read with `tf.gather` along its first axis; undefined where it was used
 * otherwise too. Only inside a program that is being compiled.
 *
 * An optimizer that updates these rows alone never needs the gradient of the whole table.
 */
export function gatheredRows(gradient: tf.Tensor): GatheredRows | undefined {
  const sums = segmentSums(tracedValue(gradient), gradient.shape[0]!);
  if (!sums) return undefined;
  const rest = gradient.shape.slice(1);
  const parts = sums.map(({ x, segmentIds }) => ({
    ids: tf.reshape(tensorOf(segmentIds), [-1]),
    values: tf.reshape(tensorOf(x), [-1, ...rest]),
  }));
  if (parts.length === 1) return parts[0];
  return { ids: tf.concat(parts.map(({ ids }) => ids)), values: tf.concat(parts.map(({ values }) => values)) };
}

type SegmentSum = { readonly x: Value; readonly segmentIds: Value };

/** The sums of rows by id that `value` is the sum of, looked for behind what only gives the same entries another shape. */
function segmentSums(value: Value, count: number): SegmentSum[] | undefined {
  if (value.source.kind !== 'node') return undefined;
  const { kernel, inputs, attributes } = value.source.node;
  if (kernel === 'UnsortedSegmentSum') return attributes.numSegments === count ? [inputs as SegmentSum] : undefined;
  if (kernel === 'Reshape' || (kernel === 'Transpose' && keepsOrder(inputs.x!, attributes.perm as readonly number[])))
    return segmentSums(inputs.x!, count);
  if (kernel !== 'Add' && kernel !== 'AddN') return undefined;
  if (Object.values(inputs).some(({ shape }) => sizeOf(shape) !== sizeOf(value.shape))) return undefined;
  const parts = Object.values(inputs).map((part) => segmentSums(part, count));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** Whether a transposition moves axes of size 1 alone. */
function keepsOrder({ shape }: Value, perm: readonly number[]): boolean {
  const long = perm.filter((axis) => shape[axis] !== 1);
  return long.every((axis, index) => index === 0 || long[index - 1]! < axis);
}
