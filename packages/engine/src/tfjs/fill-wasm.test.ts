import { type HostTensor, leaves, type Tree } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';
import { eager, expectClose, numbers, type Tensors, withGradients } from '../kernels/conv-compare.fixture.ts';
import { correctedOnWasm, filledOnWasm, fillWasm } from './fill-wasm.ts';

const wasm = await openDevice('wasm');

type Shape4D = [number, number, number, number];

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const convolution = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  image: pair(4, 8),
  filter: pair(1, 4),
  channels: pair(1, 3),
  strides: pair(1, 3),
  pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 1),
  seed: fc.nat(1000),
});

type Drawn = typeof convolution extends fc.Arbitrary<infer T> ? T : never;

/** The value and gradients on wasm are those on tfjs's cpu backend. */
async function expectAsOnCpu(
  convolve: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor,
  { batch, image, filter, channels, strides, pad, seed }: Drawn,
  depthwise = false,
): Promise<void> {
  const shapes: [Shape4D, Shape4D] = [
    [batch, ...image, channels[0]],
    [...filter, ...channels],
  ];
  const info = tf.backend_util.computeConv2DInfo(...shapes, strides, 1, pad, undefined, depthwise);
  fc.pre(info.outHeight > 0 && info.outWidth > 0);
  const inputs = {
    x: numbers(seed, shapes[0]),
    filter: numbers(seed + 1, shapes[1]),
    upstream: numbers(seed + 2, info.outShape),
  };
  const program = withGradients(({ x, filter }: Tensors) => convolve(x!, filter!));
  const executable = compile<[never], unknown>(program, { device: wasm });
  const found = new Map(leaves((await executable.run(inputs as never)) as Tree<HostTensor>));
  await executable[Symbol.asyncDispose]();
  for (const [path, tensor] of await eager(program, inputs)) expectClose(found.get(path)!, tensor);
}

describe('on tfjs’s wasm backend', () => {
  it('a convolution has the gradients that tfjs’s cpu backend computes', () =>
    fc.assert(
      fc.asyncProperty(convolution, (drawn) =>
        expectAsOnCpu((x, filter) => tf.conv2d(x, filter, drawn.strides, drawn.pad), drawn),
      ),
      { numRuns: 30 },
    ));

  it('a depthwise convolution has the gradients that tfjs’s cpu backend computes', () =>
    fc.assert(
      fc.asyncProperty(convolution, (drawn) =>
        expectAsOnCpu((x, filter) => tf.depthwiseConv2d(x, filter, drawn.strides, drawn.pad), drawn, true),
      ),
      { numRuns: 30 },
    ));

  it.each([
    ['max', tf.maxPool],
    ['average', tf.avgPool],
  ] as const)('a pool by %s has the gradient that tfjs’s cpu backend computes', (_, pool) =>
    fc.assert(
      fc.asyncProperty(convolution, ({ strides: [stride], channels: [depth], ...drawn }) => {
        // square, at least 2: with other windows tfjs makes results of a padding in numbers that reach beyond it
        const size = Math.max(2, drawn.filter[0]);
        const filter: [number, number] = [size, size];
        return expectAsOnCpu(
          (x, scale) => tf.mul(pool(x, filter, stride, drawn.pad), tf.sum(scale)),
          { ...drawn, filter, strides: [stride, stride], channels: [depth, 1] },
          true,
        );
      }),
      { numRuns: 30 },
    ),
  );

  it('every kernel that is filled in or put right is registered, and once', () => {
    const kernelsNow = () => [...filledOnWasm, ...correctedOnWasm].map((name) => tf.getKernel(name, 'wasm'));
    const before = kernelsNow();

    fillWasm();

    expect(before).not.toContain(undefined);
    expect(kernelsNow()).toEqual(before);
  });

  it('the kernels that are put right leave no tensors behind', async () => {
    await tf.setBackend('wasm');
    const x = tf.tensor2d([1, -2, 3, 4], [2, 2]);
    const before = tf.memory().numTensors;

    tf.tidy(() => {
      tf.cast(x, 'bool');
      tf.oneHot(tf.tensor1d([0, 1], 'int32'), 2, 1, 0, 'float32');
      tf.prelu(x, tf.tensor2d([2, 3], [2, 1]));
      tf.gather(x, tf.tensor2d([0, 1], [2, 1], 'int32'), 1, 1);
    });

    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
    await tf.setBackend('cpu');
  });
});
