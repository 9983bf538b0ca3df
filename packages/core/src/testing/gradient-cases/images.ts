import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

type Resize = typeof tf.image.resizeBilinear | typeof tf.image.resizeNearestNeighbor;

const resizing = (kernel: string, f: Resize): GradientCase =>
  gradientCase(
    kernel,
    'larger or smaller',
    (random) => {
      const size: [number, number] = [random.whole(1, 5), random.whole(1, 5)];
      const [alignCorners, halfPixel] = random.among<[boolean, boolean]>([false, false], [true, false], [false, true]);
      return {
        inputs: { x: random.reals([1, 3, 4, 2]) },
        evaluate: ({ x }) => f(tf.square(x!) as tf.Tensor4D, size, alignCorners, halfPixel),
      };
    },
    smoothly,
  );

export const imageCases: readonly GradientCase[] = [
  resizing(tf.ResizeBilinear, tf.image.resizeBilinear),
  resizing(tf.ResizeNearestNeighbor, tf.image.resizeNearestNeighbor),
  gradientCase(
    tf.FlipLeftRight,
    'of images',
    (random) => ({
      inputs: { x: random.reals([2, 2, 3, 1]) },
      evaluate: ({ x }) => tf.image.flipLeftRight(tf.square(x!) as tf.Tensor4D),
    }),
    smoothly,
  ),
  ...(['bilinear', 'nearest'] as const).map((method) =>
    gradientCase(
      tf.CropAndResize,
      method,
      (random) => {
        const count = random.whole(1, 3);
        const boxes = Array.from({ length: count }, () => [...random.reals([4], -0.3, 1.3).data]).flat();
        const size: [number, number] = [random.whole(1, 3), random.whole(1, 3)];
        return {
          inputs: { image: random.reals([2, 4, 3, 2]) },
          fixed: { boxes: hostTensor('float32', [count, 4], boxes), of: random.integers([count], 0, 1) },
          evaluate: ({ image, boxes: drawn, of }) =>
            tf.image.cropAndResize(
              tf.square(image!) as tf.Tensor4D,
              drawn as tf.Tensor2D,
              of as tf.Tensor1D,
              size,
              method,
              0.5,
            ),
        };
      },
      smoothly,
    ),
  ),
  gradientCase(tf.NonMaxSuppressionV3, 'as indices', (random) => ({
    inputs: { scores: random.apart([3]) },
    fixed: { boxes: hostTensor('float32', [3, 4], [0, 0, 1, 1, 0, 0, 1, 0.9, 2, 2, 3, 3]) },
    evaluate: ({ scores, boxes }) =>
      tf.gather(
        tf.square(scores!),
        tf.image.nonMaxSuppression(boxes as tf.Tensor2D, tf.add(scores!, 2) as tf.Tensor1D, 2),
      ),
  })),
];
