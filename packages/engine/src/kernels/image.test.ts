import { type HostTensor, hostTensor, key, sizeOf, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';

const onnx = await openDevice('onnx-node');
const cpu = await openDevice('cpu');

const drawn = (seed: number, shape: readonly number[]) =>
  hostTensor(
    'float32',
    shape,
    uniform(key(seed), sizeOf(shape)).map((value) => value - 0.5),
  );

const dot = (a: HostTensor, b: HostTensor) =>
  Array.from(a.data, Number).reduce((sum, value, at) => sum + value * Number(b.data[at]), 0);

const resizes = { ResizeBilinear: tf.image.resizeBilinear, ResizeNearestNeighbor: tf.image.resizeNearestNeighbor };

it.each(
  (['ResizeBilinear', 'ResizeNearestNeighbor'] as const).flatMap((name) =>
    [
      [false, false],
      [true, false],
      [false, true],
    ].flatMap(([corners, half]) =>
      [
        [7, 2],
        [3, 9],
        [1, 1],
      ].map((size) => [name, corners!, half!, size as [number, number]] as const),
    ),
  ),
)(
  '%sGrad is the adjoint of the resizing (aligned %s, half pixels %s) to %j: ⟨resize(v), u⟩ = ⟨v, gradient(u)⟩',
  async (name, alignCorners, halfPixelCenters, size) => {
    const [v, u] = [drawn(1, [2, 4, 5, 3]), drawn(2, [2, ...size, 3])];
    const program = compile(
      (images: tf.Tensor, dy: tf.Tensor) => ({
        resized: resizes[name](images as tf.Tensor4D, size, alignCorners, halfPixelCenters),
        gradient: tf.engine().runKernel(`${name}Grad`, { images, dy }, { alignCorners, halfPixelCenters }) as tf.Tensor,
      }),
      { device: onnx },
    );

    const { resized, gradient } = await program.run(v, u);

    expect(gradient.shape).toEqual(v.shape);
    expect(dot(resized, u)).toBeCloseTo(dot(v, gradient), 3);
    await program[Symbol.asyncDispose]();
  },
);

it.each([onnx, cpu])(
  'on $name every image of a batch is transformed, with its own or with the same transform',
  async (device) => {
    const images = drawn(3, [3, 4, 5, 2]);
    const transforms = hostTensor(
      'float32',
      [3, 8],
      [1, 0, 0.25, 0, 1, 0.25, 0, 0, 1, 0.5, 0, 0, 1, -0.25, 0, 0, 0.5, 0, 1, 0.25, 0.75, 0, 0, 0],
    );
    const program = compile(
      (batch: tf.Tensor, each: tf.Tensor) => {
        const one = (at: number, of: number) =>
          tf.image.transform(
            tf.slice(batch, [at], [1]) as tf.Tensor4D,
            tf.slice(each, [of], [1]) as tf.Tensor2D,
            'bilinear',
          );
        return {
          own: tf.image.transform(batch as tf.Tensor4D, each as tf.Tensor2D, 'bilinear'),
          alone: tf.concat([one(0, 0), one(1, 1), one(2, 2)]),
          shared: tf.image.transform(batch as tf.Tensor4D, tf.slice(each, [1], [1]) as tf.Tensor2D, 'bilinear'),
          sharedAlone: tf.concat([one(0, 1), one(1, 1), one(2, 1)]),
        };
      },
      { device },
    );

    const { own, alone, shared, sharedAlone } = await program.run(images, transforms);

    expect(own).toEqual(alone);
    expect(shared).toEqual(sharedAlone);
    expect(new Set(alone.data).size).toBeGreaterThan(20);
    await program[Symbol.asyncDispose]();
  },
);
