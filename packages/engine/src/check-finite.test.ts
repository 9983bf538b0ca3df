import { type HostTensor, hostTensor, PolytaskError } from '@polytask/base';
import { gradients, named } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile, handOver } from './compile.ts';
import { openDevice } from './devices.ts';

const devices = Object.fromEntries(
  await Promise.all(
    ['onnx-node', 'cpu'].map(async (name) => [name, await openDevice(name, { checkFinite: true })] as const),
  ),
);
const vector = (...values: number[]) => hostTensor('float32', [values.length], values);

const problemOf = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    if (PolytaskError.is(error)) return { kind: error.kind, ...error.problems[0]! };
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe.each(Object.entries(devices))('on %s', (_, device) => {
  const ratio = (w: tf.Tensor, x: tf.Tensor) =>
    named('encoder', () => {
      const scaled = named('scale', () => tf.mul(x, w));
      return named('ratio', () => tf.div(scaled, tf.sub(x, 2)));
    });

  test('a division by zero is found in its layer, with its line, though later calls make NaN of it', async () => {
    const program = compile((w: tf.Tensor, x: tf.Tensor) => ({ y: tf.sub(ratio(w, x), ratio(w, x)) }), { device });

    const problem = await problemOf(program.run(vector(1, 1, 1), vector(1, 2, 3)));

    expect(problem).toMatchObject({ kind: 'diverged', code: 'E3201' });
    expect(problem.message).toMatch(
      /^RealDiv in the layer encoder\/ratio makes Infinity at \[1\] from finite numbers \(at .*check-finite\.test\.ts:\d+:\d+\)?\)\.$/,
    );
    expect(problem.fix).toContain('divNoNan');
    expect((await program.run(vector(1, 1, 1), vector(1, 0, 3))).y.data).toEqual(Float32Array.of(0, 0, 0));
  });

  test('a gradient that is not finite while the value is, is found in the layer it is the gradient of', async () => {
    const program = compile((x: tf.Tensor) => gradients(() => tf.sum(named('root', () => tf.sqrt(x))), { x }), {
      device,
    });

    const problem = await problemOf(program.run(vector(4, 0)));

    expect(problem.message).toMatch(/^The gradient, RealDiv in the layer root, makes Infinity at \[1\]/);
  });

  test('an argument that is not finite is named', async () => {
    const program = compile((params: { w: tf.Tensor }) => ({ y: tf.square(params.w) }), { device });

    expect(await problemOf(program.run({ w: vector(1, Number.NaN, Number.NaN) }))).toMatchObject({
      code: 'E3202',
      path: '0.w',
      message: 'The program is given NaN at [1] and 1 more of 3 numbers in 0.w.',
    });
  });

  test('infinities on the way to finite results are no error', async () => {
    const program = compile((x: tf.Tensor) => ({ y: tf.exp(tf.neg(tf.div(1, x))) }), { device });

    expect((await program.run(vector(0))).y.data).toEqual(Float32Array.of(0));
  });

  test('what a host refuses to answer for is found, and its own error comes where all is finite', async () => {
    const program = compile(
      (x: tf.Tensor) => {
        const loss = named('losses.topic', () => tf.log(x));
        return { y: tf.mul(loss, handOver('weights', { loss }, { shape: [1] })) };
      },
      { device },
    );
    const refuse = ({ loss }: Record<string, HostTensor>): never => {
      throw new RangeError(`cannot weigh ${loss!.data}`);
    };

    expect((await problemOf(program.runWith({ weights: refuse }, vector(0)))).message).toMatch(
      /^Log in the layer losses\.topic makes -Infinity/,
    );
    await expect(program.runWith({ weights: refuse }, vector(1))).rejects.toThrow('cannot weigh 0');
  });
});
