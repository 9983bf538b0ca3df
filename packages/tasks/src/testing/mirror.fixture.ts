import { hostTensor } from '@polytask/base';
import { type AnyTask, defineModel, dense, type Layer, type NoParams, squaredError, zeros } from '@polytask/core';
import type { AnyModel, Batch } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';

export const tasks = ['left', 'also', 'right'] as const;

/** A head that is the representation itself. */
const same: Layer<NoParams> = { init: (_, outputShape) => ({ params: {}, outputShape }), apply: (_, x) => x };

const task: AnyTask = {
  layer: same,
  loss: (guess: tf.Tensor, { values, present }: { values: tf.Tensor; present: tf.Tensor }) =>
    squaredError(guess, values, { present }),
};

/** w·x + b from w = b = 0, which all tasks want elsewhere: `left` and `also` at y, `right` at −y. */
export const mirror = (): AnyModel & { readonly tasks: readonly (typeof tasks)[number][] } =>
  defineModel({
    encoder: dense({ units: 1, init: zeros }),
    inputShape: [1],
    tasks: { left: task, also: task, right: task },
  }) as never;

/** One example, x = y = 1; the tasks named are absent. */
export function batchOf(...absent: (typeof tasks)[number][]): Batch<(typeof tasks)[number]> {
  const one = (name: (typeof tasks)[number], value: number) => ({
    values: hostTensor('float32', [1, 1], [value]),
    present: hostTensor('int32', [1], [Number(!absent.includes(name))]),
  });
  const count = (name: (typeof tasks)[number]) => Number(!absent.includes(name));
  return {
    inputs: hostTensor('float32', [1, 1], [1]),
    targets: { left: one('left', 1), also: one('also', 1), right: one('right', -1) },
    counts: { left: count('left'), also: count('also'), right: count('right') },
    size: 1,
    epoch: 0,
    last: true,
  };
}
