import type * as tf from '@tensorflow/tfjs-core';
import { inputsOf, type Value } from './graph.ts';
import { tracedValue } from './recording.ts';

/**
 * Which of `leaves` a tensor was computed from. Only inside a program that is being compiled.
 *
 * A task's loss reaches the shared parameters and its own head; what no task in the batch reaches must not be updated.
 */
export function reaches(tensor: tf.Tensor, leaves: readonly tf.Tensor[]): boolean[] {
  const seen = new Set<Value>();
  const open = [tracedValue(tensor)];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.source.kind === 'node') open.push(...inputsOf(value.source.node));
  }
  return leaves.map((leaf) => seen.has(tracedValue(leaf)));
}

/**
 * How many calls lie between a tensor and each of `leaves`, along the longest way; undefined where it was not computed from the leaf.
 * Only inside a program that is being compiled.
 *
 * What a layer is given lies farther back than the layer's own parameters, so the smallest number belongs to the layer applied last.
 */
export function distances(tensor: tf.Tensor, leaves: readonly tf.Tensor[]): (number | undefined)[] {
  const root = tracedValue(tensor);
  const found = new Map([[root, 0]]);
  for (const value of resultsFirst(root)) {
    if (value.source.kind !== 'node') continue;
    const distance = found.get(value)! + 1;
    for (const input of inputsOf(value.source.node)) found.set(input, Math.max(distance, found.get(input) ?? 0));
  }
  return leaves.map((leaf) => found.get(tracedValue(leaf)));
}

/** Everything that `root` was computed from, each value after all that were computed from it. */
function resultsFirst(root: Value): Value[] {
  const entered = new Set<Value>();
  const done = new Set<Value>();
  const open = [root];
  while (open.length > 0) {
    const value = open.at(-1)!;
    if (entered.has(value)) {
      done.add(value);
      open.pop();
      continue;
    }
    entered.add(value);
    if (value.source.kind !== 'node') continue;
    for (const input of inputsOf(value.source.node)) if (!entered.has(input)) open.push(input);
  }
  return [...done].reverse();
}
