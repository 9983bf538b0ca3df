import { equal } from '@polytask/balance';
import { fold, hostTensor, key, normal } from '@polytask/base';
import {
  context,
  defineModel,
  dense,
  type Layer,
  type NoParams,
  noRandom,
  recorder,
  softmaxCrossEntropy,
} from '@polytask/core';
import { compile, openDevice, read } from '@polytask/engine';
import { sgd, trainingStep } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { pulledTogether } from './pulled-together.ts';

const device = await openDevice('onnx', { threads: 1 });
const pulled = (strength: number) => pulledTogether([{ tasks: ['a', 'b'], strength }]);

describe('pulledTogether', () => {
  it('is the strength times the mean squared distance of probabilities, over examples alone, and nothing at inference', async () => {
    const distance = (mode: 'train' | 'infer') =>
      compile(
        (a: tf.Tensor, b: tf.Tensor, examples: tf.Tensor) => {
          const { record, recorded } = recorder();
          pulled(0.5).apply({}, { a, b }, context(mode, noRandom, record, examples));
          return { losses: recorded().losses, a };
        },
        { device },
      );
    const rows = (values: number[]) => hostTensor('float32', [3, 2], values);
    // p = (½, ½) against (¾, ¼): 2 · ¼²; (1, 0) against (1, 0); the third row is padding
    const [a, b] = [rows([0, 0, 99, 0, 7, 0]), rows([Math.log(3), 0, 99, 0, 0, 7])];
    const found = await distance('train').run(a, b, 2);
    expect(found.losses['consistency a b']!.data[0]).toBeCloseTo((0.5 * 2 * 0.25 ** 2) / 2, 6);
    expect((await distance('infer').run(a, b, 2)).losses).toEqual({});
  });

  it('of single numbers is their squared difference', async () => {
    const program = compile(
      (a: tf.Tensor, b: tf.Tensor) => {
        const { record, recorded } = recorder();
        pulled(2).apply({}, { a, b }, context('train', noRandom, record));
        return recorded().losses;
      },
      { device },
    );
    const column = (values: number[]) => hostTensor('float32', [2, 1], values);
    expect((await program.run(column([1, 2]), column([3, 2])))['consistency a b']!.data[0]).toBe(4);
  });

  it('moves a task that has no label towards the one that has', async () => {
    const same: Layer<NoParams, tf.Tensor> = {
      init: (_, inputShape) => ({ params: {}, outputShape: inputShape }),
      apply: (_, input) => input,
    };
    const task = {
      layer: dense({ units: 2 }),
      loss: (outputs: tf.Tensor, { classes }: { classes: tf.Tensor }) => softmaxCrossEntropy(outputs, classes),
    };
    const features = normal(key(2), 8 * 3);
    const classes = Int32Array.from({ length: 8 }, (_, row) => (features[row * 3]! > 0 ? 1 : 0));
    const batch = {
      inputs: hostTensor('float32', [8, 3], features),
      targets: {
        a: { classes: hostTensor('int32', [8], classes) },
        b: { classes: hostTensor('int32', [8], new Int32Array(8).fill(-1)) },
      },
      counts: { a: 8, b: 0 },
      size: 8,
      epoch: 0,
      last: false,
    };
    const apart = async (strength: number) => {
      const model = defineModel({
        encoder: same,
        inputShape: [3],
        tasks: { a: task, b: task },
        outputs: pulled(strength),
      });
      await using step = trainingStep({ model, optimizer: sgd(), balancer: equal(), device });
      let state = step.init(key(3));
      for (let at = 0; at < 60; at++)
        state = (await step.run(state, [batch], { learningRate: 0.5, key: fold(key(4), at) })).state;
      const { heads } = (await read(state.params as never)) as never as {
        heads: Record<string, { weight: { data: Float32Array } }>;
      };
      const [a, b] = [heads.a!.weight.data, heads.b!.weight.data];
      return Math.hypot(...Array.from(a, (value, at) => value - b[at]!));
    };
    expect(await apart(10)).toBeLessThan(0.5 * (await apart(0)));
  });

  it('refuses what does not go together', () => {
    expect(() => pulled(-1)).toThrow('strength: expected a number ≥ 0. Found -1.');
    expect(() => pulled(1).init(key(1), { a: [2], b: [3] })).toThrow('outputs [batch, size] of one size');
    expect(() => pulled(1).init(key(1), { a: [2], c: [2] })).toThrow('Found "b"');
    expect(() => pulledTogether([{ tasks: ['a', 'a'], strength: 1 }]).init(key(1), { a: [2] })).toThrow('twice');
  });
});
