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
