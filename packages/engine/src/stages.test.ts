import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile, handOver } from './compile.ts';
import type { Device } from './device.ts';
import { stages } from './stages.ts';

/** Programs are traced here and never run. */
const device: Device = { name: 'none', description: '', load: () => Promise.reject(new Error('nothing runs')) };

const cut = (program: (x: tf.Tensor, w: tf.Tensor) => Record<string, tf.Tensor>) =>
  stages(
    compile<[tf.Tensor, tf.Tensor], Record<string, tf.Tensor>>(program, { device }).graph(
      hostTensor('float32', [8, 8], new Float32Array(64)),
      hostTensor('float32', [8, 8], new Float32Array(64)),
    ),
  ).map(({ inputs, nodes, outputs }) => ({
    kernels: nodes.map(({ kernel }) => kernel),
    taken: inputs.flatMap(({ source }) => (source.kind === 'node' ? source.node.kernel : [])),
    given: outputs.flatMap(({ source }) => (source.kind === 'node' ? source.node.kernel : [])),
  }));

const matMul = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
const answer = (value: tf.Tensor) => handOver('answer', { value: tf.sum(value) }, { shape: [] });

describe('a cut', () => {
  it('hands over what is dear to compute, and computes it once', () => {
    const [first, second] = cut((x, w) => {
      const product = matMul(x, w);
      return { result: tf.mul(product, answer(product)) };
    });
    expect(first!.kernels).toContain('BatchMatMul');
    expect(second).toEqual({ kernels: ['Multiply'], taken: ['BatchMatMul'], given: ['Multiply'] });
  });

  it('computes again what is cheap from arguments', () => {
    const [, second] = cut((x) => {
      const cheap = tf.exp(x);
      return { result: tf.mul(cheap, answer(cheap)) };
    });
    expect(second).toEqual({ kernels: ['Exp', 'Multiply'], taken: [], given: ['Multiply'] });
  });

  it('computes what the first part does not want in the second alone, dear or not', () => {
    const [first, second] = cut((x, w) => {
      const late = matMul(x, w);
      return { result: tf.mul(late, answer(x)) };
    });
    expect(first!.kernels).not.toContain('BatchMatMul');
    expect(second!.kernels).toEqual(['BatchMatMul', 'Multiply']);
    expect(second!.taken).toEqual([]);
  });

  it('hands over a small tensor rather than a large one that is cheap to make of it', () => {
    const [, second] = cut((x, w) => {
      const large = tf.add(x, tf.sum(matMul(x, w), 1, true));
      return { result: tf.mul(large, answer(large)) };
    });
    expect(second!.taken).toEqual(['Sum']);
  });

  it('hands over what a change of shape was made of, not the change', () => {
    const [, second] = cut((x, w) => {
      const product = matMul(x, w);
      const flat = tf.reshape(product, [64]);
      return { result: tf.mul(flat, answer(flat)) };
    });
    expect(second!.taken).toEqual(['BatchMatMul']);
    expect(second!.kernels).toEqual(['Reshape', 'Multiply']);
  });
});
