import * as tf from '@tensorflow/tfjs-core';
import type { ScanAttributes } from './attributes.ts';
import { isFloat } from './pullback.ts';

/** Runs the steps one after another with tfjs's operations; a tape that is open records them. */
export function loop(inputs: readonly tf.Tensor[], attributes: ScanAttributes): tf.Tensor[] {
  const { carries, step } = attributes;
  const { order, at } = frames(inputs, attributes);
  let carry = inputs.slice(0, carries);
  const rows: tf.Tensor[][] = [];
  for (const time of order) {
    const results = step([...carry, ...at(time)]);
    carry = results.slice(0, carries);
    rows[time] = results.slice(carries);
  }
  return [...carry, ...stacked(rows)];
}

/** The gradients of a loop: each step is computed again from the carry that it had. */
export function loopGradient(given: readonly tf.Tensor[], attributes: ScanAttributes): tf.Tensor[] {
  const { carries, xs, constants, step, pullback } = attributes;
  const count = carries + xs + constants;
  const inputs = given.slice(0, count);
  const upstream = given.slice(count);
  const { order, at } = frames(inputs, attributes);
  const had: (readonly tf.Tensor[])[] = [];
  let carry: readonly tf.Tensor[] = inputs.slice(0, carries);
  for (const time of order) {
    had[time] = carry;
    carry = step([...carry, ...at(time)]).slice(0, carries);
  }
  const zeros = (tensor: tf.Tensor) => tf.zeros(tensor.shape);
  let ofCarries = upstream.slice(0, carries);
  let ofConstants = inputs.slice(carries + xs).map(zeros);
  const ofYs = upstream.slice(carries).map((gradient) => tf.unstack(gradient));
  const rows: tf.Tensor[][] = [];
  for (const time of [...order].reverse()) {
    const stepInputs = [...had[time]!, ...at(time)];
    const filled = tf.tidy(() => {
      const found = pullback(stepInputs, [...ofCarries, ...ofYs.map((gradient) => gradient[time]!)]);
      return stepInputs.map((input, index) => found[index] ?? zeros(input));
    });
    ofCarries = filled.slice(0, carries);
    rows[time] = filled.slice(carries, carries + xs);
    ofConstants = ofConstants.map((sum, index) => tf.add(sum, filled[carries + xs + index]!));
  }
  return [...ofCarries, ...stacked(rows), ...ofConstants].filter((_, index) => isFloat(inputs[index]!));
}

/** The steps in the order of their execution, and their inputs after the carry. */
function frames(inputs: readonly tf.Tensor[], { carries, xs, reverse }: ScanAttributes) {
  const sequences = inputs.slice(carries, carries + xs);
  const entries = sequences.map((sequence) => tf.unstack(sequence));
  const order = [...Array(sequences[0]!.shape[0]!).keys()];
  const at = (time: number) => [...entries.map((entry) => entry[time]!), ...inputs.slice(carries + xs)];
  return { order: reverse ? order.reverse() : order, at };
}

const stacked = (rows: readonly (readonly tf.Tensor[])[]): tf.Tensor[] =>
  rows[0]!.map((_, index) => tf.stack(rows.map((row) => row[index]!)));
