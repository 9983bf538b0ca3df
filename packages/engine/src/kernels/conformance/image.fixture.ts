import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { among, count, integers, reals, tensors, tensorsOf } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const side = fc.integer({ min: 1, max: 5 });

type Size = [number, number];

const images = (isSquare: boolean, dtype: 'float32' | 'int32' = 'float32', most = 2) =>
  fc.tuple(count(most), side, side, count(2), side, side).chain(([batch, height, width, channels, rows, columns]) => {
    const to: Size = isSquare ? [rows, rows] : [rows, columns];
    const shape = [batch, height, isSquare ? height : width, channels];
    return fc.record({
      inputs: fc.record({ x: tensorsOf(dtype, shape), dy: tensors([batch, ...to, channels], reals) }),
      attributes: fc.record({ size: fc.constant(to), corners: fc.constantFrom('aligned', 'halfPixels', 'neither') }),
    });
  });

type Resizing = { readonly size: Size; readonly corners: string };

const bilinear = (x: tf.Tensor, { size, corners }: Resizing) =>
  tf.image.resizeBilinear(x as tf.Tensor4D, size, corners === 'aligned', corners === 'halfPixels');
const nearest = (x: tf.Tensor, { size, corners }: Resizing) =>
  tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, corners === 'aligned', corners === 'halfPixels');

const resized = {
  ResizeBilinear: ({ x }: { x: tf.Tensor }, attributes: Resizing) => bilinear(x, attributes),
  ResizeNearestNeighbor: ({ x }: { x: tf.Tensor }, attributes: Resizing) => nearest(x, attributes),
};

/**
 * The kernels of tfjs's own gradients, in whose place core has others. Its cpu backend has them right for one square image alone, and
 * goes on for ever where the corners of a single pixel are aligned.
 */
const gradientKernel =
  (name: string) =>
  ({ x, dy }: { x: tf.Tensor; dy: tf.Tensor }, { corners }: Resizing) => {
    const alignCorners = corners === 'aligned' && x.shape[1]! > 1;
    return tf.engine().runKernel(name, { images: x, dy }, { alignCorners, halfPixelCenters: false }) as tf.Tensor;
  };

const boxes = fc.tuple(count(2), side, side, count(2), count(3)).chain(([batch, height, width, channels, number]) =>
  fc.record({
    inputs: fc.record({
      image: tensors([Math.max(1, batch), height, width, channels], reals),
      boxes: tensors([number, 4], among(-0.25, 0, 0.25, 0.5, 0.75, 1, 1.25)),
      // one that is no image: its crop stays empty
      of: tensors([number], integers(0, Math.max(1, batch)), 'int32'),
    }),
    // divided by 1, 2 or 4, places between pixels are exact
    attributes: fc.record({ size: fc.tuple(among(1, 2, 3, 5), among(1, 2, 3, 5)), outside: among(0, -1.5) }),
  }),
);

const crop =
  (method: 'bilinear' | 'nearest') =>
  (
    { image, boxes: drawn, of }: { image: tf.Tensor; boxes: tf.Tensor; of: tf.Tensor },
    { size, outside }: { size: Size; outside: number },
  ) =>
    tf.image.cropAndResize(image as tf.Tensor4D, drawn as tf.Tensor2D, of as tf.Tensor1D, size, method, outside);

const modes = ['constant', 'reflect', 'wrap', 'nearest'] as const;

/** One image: of a batch, tfjs's cpu backend transforms the first alone. */
const transforms = fc.tuple(side, side, count(2)).chain(([height, width, channels]) =>
  fc.record({
    inputs: fc.record({
      image: tensors([1, height, width, channels], reals),
      transforms: fc
        .tuple(
          tensors([1, 6], among(-2, -1, -0.75, -0.5, 0, 0.5, 0.75, 1, 1.25, 3)),
          tensors([1, 2], among(0, 0, 0, 1, -0.5)),
        )
        .chain(([affine, projective]) => {
          // ⅛ off: no place is half-way between two pixels, where backends round up or away from 0
          const affineEntries = Array.from(
            affine.data,
            (value, index) => Number(value) + (index % 3 === 2 ? 0.125 : 0),
          );
          const entries = [...affineEntries, ...Array.from(projective.data, Number)];
          return fc.constant({ ...affine, shape: [1, 8], data: Float32Array.from(entries) });
        }),
    }),
    attributes: fc.record({
      mode: fc.constantFrom(...modes),
      fill: among(0, 7),
      size: fc.oneof(fc.constant(undefined), fc.tuple(side, side)),
    }),
  }),
);

type Transformation = { mode: (typeof modes)[number]; fill: number; size: Size | undefined };

const transform =
  (interpolation: 'bilinear' | 'nearest') =>
  ({ image, transforms: drawn }: { image: tf.Tensor; transforms: tf.Tensor }, { mode, fill, size }: Transformation) =>
    tf.image.transform(image as tf.Tensor4D, drawn as tf.Tensor2D, interpolation, mode, fill, size);

export const imageFamilies: readonly Family[] = [
  family({
    title: 'images in another size',
    draws: images(false),
    expressions: resized,
  }),
  family({ title: 'images of integers in another size', draws: images(false, 'int32'), expressions: resized }),
  family({
    title: 'square images in another size',
    draws: images(true, 'float32', 1),
    expressions: {
      ResizeBilinearGrad: gradientKernel('ResizeBilinearGrad'),
      ResizeNearestNeighborGrad: gradientKernel('ResizeNearestNeighborGrad'),
    },
  }),
  family({
    title: 'crops in another size',
    draws: boxes,
    expressions: { CropAndResize: crop('bilinear'), 'CropAndResize: to the nearest pixel': crop('nearest') },
    withoutGradient: { all: 'that of the boxes is refused' },
    notOnWasm: { 'CropAndResize: to the nearest pixel': 'rounds halves otherwise' },
  }),
  family({
    title: 'images turned',
    draws: images(false),
    expressions: {
      FlipLeftRight: ({ x }) => tf.image.flipLeftRight(x as tf.Tensor4D),
      RotateWithOffset: ({ x }, { size }) =>
        tf.image.rotateWithOffset(x as tf.Tensor4D, size[0] * 0.7, -3, size[1] / 5),
      'RotateWithOffset: about a point': ({ x }) =>
        tf.image.rotateWithOffset(x as tf.Tensor4D, 1.1, [1, 2, 3], [0.25, 0.75]),
    },
  }),
  family({
    title: 'images transformed',
    draws: transforms,
    expressions: { Transform: transform('bilinear'), 'Transform: to the nearest pixel': transform('nearest') },
    notOnWasm: { all: 'reflects otherwise' },
  }),
];
