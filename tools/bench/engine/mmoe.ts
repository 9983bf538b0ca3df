import * as tf from '@tensorflow/tfjs-core';
import { type BenchModel, crossEntropy, dense, labels, noise, parameters } from './model.ts';

/** Multi-gate mixture of experts (Ma et al. 2018): 8 experts of width 64 over 500 features, a gate and a tower of 32 for each of two tasks. */
export function mmoe({ batch = 256, features = 500, experts = 8, width = 64, tower = 32 } = {}): BenchModel {
  const { all, normal, fill } = parameters(5);
  const layer = (name: string, from: number, to: number) => {
    normal(`${name}.kernel`, [from, to], Math.sqrt(1 / from));
    fill(`${name}.bias`, [to], 0);
  };
  layer('experts', features, experts * width);
  const tasks = ['first', 'second'];
  for (const task of tasks) {
    layer(`${task}.gate`, features, experts);
    layer(`${task}.tower`, width, tower);
    layer(`${task}.head`, tower, 2);
  }
  return {
    params: all,
    batch: (step) => ({
      x: noise(step, [batch, features]),
      first: labels(batch, 2),
      second: labels(batch, 2, step),
    }),
    losses(params, given) {
      const apply = (name: string, x: tf.Tensor) => dense(x, params[`${name}.kernel`]!, params[`${name}.bias`]!);
      const x = given.x!;
      const values = tf.reshape(tf.relu(apply('experts', x)), [batch, experts, width]);
      return {
        losses: tasks.map((task) => {
          const gate = tf.reshape(tf.softmax(apply(`${task}.gate`, x)), [batch, 1, experts]);
          const mixed = tf.reshape(tf.matMul(gate, values), [batch, width]);
          return crossEntropy(apply(`${task}.head`, tf.relu(apply(`${task}.tower`, mixed))), given[task]!);
        }),
      };
    },
  };
}
