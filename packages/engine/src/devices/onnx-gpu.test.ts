import { type HostTensor, hostTensor, key, normal, PolytaskError, sizeOf } from '@polytask/base';
import { gradients } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../compile.ts';
import type { Device } from '../device.ts';
import { openDevice } from '../devices.ts';

const drawn = (label: number, shape: readonly number[]): HostTensor =>
  hostTensor('float32', shape, normal(key(label), sizeOf(shape)));

type Params = { table: tf.Tensor2D; kernel: tf.Tensor4D; output: tf.Tensor2D };

/** Embeddings as an image, a convolution, pooling, a softmax, and one step down the slope. */
async function steps(device: Device): Promise<number[]> {
  await using step = compile(
    (params: Params, ids: tf.Tensor2D) => {
      const loss = () => {
        const image = tf.reshape(tf.gather(params.table, ids), [2, 6, 6, 2]) as tf.Tensor4D;
        const pooled = tf.maxPool(tf.relu(tf.conv2d(image, params.kernel, 1, 'same')), 2, 2, 'valid');
        const logits = tf.matMul(tf.reshape(pooled, [2, 27]), params.output);
        return tf.neg(tf.mean(tf.slice(tf.logSoftmax(logits), [0, 0], [2, 1])));
      };
      const { value, gradients: slopes } = gradients(loss, params);
      const down = (name: keyof Params) => tf.sub(params[name], tf.mul(slopes[name]!, 0.5));
      return { loss: value, params: { table: down('table'), kernel: down('kernel'), output: down('output') } };
    },
    { device, donate: [0], resident: ['params'] },
  );
  const ids = hostTensor(
    'int32',
    [2, 36],
    Array.from({ length: 72 }, (_, at) => (at * 5) % 11),
  );
  let params: never = { table: drawn(1, [11, 2]), kernel: drawn(2, [3, 3, 2, 3]), output: drawn(3, [27, 4]) } as never;
  const losses: number[] = [];
  for (let count = 0; count < 5; count++) {
    const done = await step.run(params, ids as never);
    losses.push((done.loss as HostTensor).data[0]!);
    params = done.params as never;
  }
  return losses;
}

test.each(['onnx-webgpu', 'onnx-cuda'])(
  '%s trains as the processor does, or says why it cannot be opened',
  async (name) => {
    const opened = await openDevice(name).catch((error: unknown) => error);

    if (opened instanceof Error) {
      expect(PolytaskError.is(opened) && opened.code).toBe('E3104');
      expect(opened.message).toMatch(/WebGPU|CUDA/);
      return;
    }
    const expected = await steps(await openDevice('onnx-node'));
    const losses = await steps(opened as Device);

    expect(expected[4]).toBeLessThan(expected[0]!);
    for (const [index, loss] of losses.entries()) expect(Math.abs(loss - expected[index]!)).toBeLessThan(1e-4);
  },
);
