import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.ts';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

/** A kernel that moves entries: of x², so that a second derivative is there. */
function moving(
  kernel: string,
  title: string,
  ranks: readonly [number, number],
  choose: (random: Draws, shape: readonly number[]) => (x: tf.Tensor) => tf.Tensor | readonly tf.Tensor[],
  { empty = true }: { readonly empty?: boolean } = {},
): GradientCase {
  return gradientCase(
    kernel,
    title,
    (random) => {
      const shape = random.shape(...ranks, { empty });
      const move = choose(random, shape);
      return { inputs: { x: random.reals(shape) }, evaluate: ({ x }) => move(tf.square(x!)) };
    },
    smoothly,
  );
}

/** Tensors that differ in one axis. */
const several = (
  random: Draws,
  count: number,
): { inputs: Record<string, ReturnType<Draws['reals']>>; axis: number } => {
  const shape = random.shape(1);
  const axis = random.axis(shape.length);
  const at = axis < 0 ? axis + shape.length : axis;
  const parts = Array.from({ length: count }, (_, part) => {
    const own = shape.map((size, each) => (each === at ? random.whole(0, 3) : size));
    return [`${part}`, random.reals(own)] as const;
  });
  return { inputs: Object.fromEntries(parts), axis };
};

const stridedSlice = (random: Draws, shape: readonly number[]) => {
  // tfjs's `cpu` backend reads wrong places where an axis is dropped beside a stride other than 1
  const mayDrop = random.coin();
  const strides = shape.map(() => (mayDrop ? 1 : random.among(1, 1, 2, 3, -1, -2)));
  const begin: number[] = [];
  const end: number[] = [];
  for (const [axis, size] of shape.entries()) {
    const [low, high] = [random.whole(0, size), random.whole(0, size)].sort((a, b) => a - b) as [number, number];
    const isBackwards = strides[axis]! < 0;
    const first = isBackwards ? Math.max(0, high - 1) : low;
    begin.push(random.coin() && first < size ? first - size : first);
    end.push(isBackwards ? low - 1 - size : random.among(high, size + 1));
  }
  const mask = () => random.whole(0, 2 ** shape.length - 1);
  const [beginMask, endMask] = [mask(), mask()];
  const shrink = shape.reduce((bits, size, axis) => {
    const isInside = begin[axis]! >= -size && begin[axis]! < size;
    const mayShrink = mayDrop && isInside && !((beginMask | endMask) & (1 << axis));
    return mayShrink && random.whole(0, 3) === 0 ? bits | (1 << axis) : bits;
  }, 0);
  return (x: tf.Tensor) => tf.stridedSlice(x, begin, end, strides, beginMask, endMask, 0, 0, shrink);
};

export const shapeCases: readonly GradientCase[] = [
  moving(tf.Reshape, 'to a vector', [0, 5], () => (x) => tf.reshape(x, [x.size])),
  moving(tf.ExpandDims, 'at any place', [0, 4], (random, shape) => {
    const at = random.whole(-shape.length - 1, shape.length);
    return (x) => tf.expandDims(x, at);
  }),
  moving(tf.Transpose, 'in any order', [1, 5], (random, shape) => {
    const order = random.shuffled(shape.length);
    return (x) => tf.transpose(x, order);
  }),
  moving(tf.Reverse, 'of some axes', [1, 4], (random, shape) => {
    const axes = random.axes(shape.length);
    return (x) => tf.reverse(x, axes);
  }),
  moving(tf.Slice, 'of any rank', [1, 5], (random, shape) => {
    const begin = shape.map((size) => random.whole(0, size));
    const size = shape.map((length, axis) => random.whole(0, length - begin[axis]!));
    return (x) => tf.slice(x, begin, size);
  }),
  moving(tf.StridedSlice, 'forwards, backwards, with masks', [1, 4], stridedSlice),
  moving(
    tf.StridedSlice,
    'with an ellipsis and a new axis',
    [2, 4],
    (random) => {
      const stride = random.among(1, 2, -1);
      return (x) => tf.stridedSlice(x, [0, 0, 0], [0, 0, 9], [1, 1, stride], 4, 4, 1, 2, 0);
    },
    { empty: false },
  ),
  moving(tf.PadV2, 'of any rank', [1, 5], (random, shape) => {
    const paddings = shape.map((): [number, number] => [random.whole(0, 2), random.whole(0, 2)]);
    return (x) => tf.pad(x, paddings, 0.7);
  }),
  ...(['reflect', 'symmetric'] as const).map((mode) =>
    moving(
      tf.MirrorPad,
      mode,
      [1, 4],
      (random, shape) => {
        const most = (size: number) => (mode === 'reflect' ? size - 1 : size);
        const paddings = shape.map((size): [number, number] => [
          random.whole(0, most(size)),
          random.whole(0, most(size)),
        ]);
        return (x) => tf.mirrorPad(x, paddings, mode);
      },
      { empty: false },
    ),
  ),
  ...[2, 4].map((count) =>
    gradientCase(
      tf.Concat,
      `of ${count}`,
      (random) => {
        const { inputs, axis } = several(random, count);
        return { inputs, evaluate: (tensors) => tf.concat(Object.values(tensors).map(tf.square), axis) };
      },
      smoothly,
    ),
  ),
  gradientCase(
    tf.Pack,
    'at any axis',
    (random) => {
      const shape = random.shape(0, 4);
      const parts = Array.from({ length: random.whole(1, 3) }, (_, part) => [`${part}`, random.reals(shape)] as const);
      const axis = random.whole(0, shape.length);
      return {
        inputs: Object.fromEntries(parts),
        evaluate: (tensors) => tf.stack(Object.values(tensors).map(tf.square), axis),
      };
    },
    smoothly,
  ),
  moving(
    tf.Unpack,
    'into one part or several',
    [1, 4],
    (random, shape) => {
      const axis = random.axis(shape.length);
      return (x) => tf.unstack(x, axis);
    },
    { empty: false },
  ),
  moving(tf.SplitV, 'into one part or several', [1, 4], (random, shape) => {
    const at = random.whole(0, shape.length - 1);
    const first = random.whole(0, shape[at]!);
    const sizes = random.coin() ? [shape[at]!] : [first, shape[at]! - first];
    return (x) => tf.split(x, sizes, at);
  }),
  moving(tf.Diag, 'of a vector or more', [1, 2], () => (x) => tf.diag(x), { empty: false }),
  gradientCase(
    tf.DepthToSpace,
    'in blocks',
    (random) => {
      const block = random.whole(2, 3);
      const x = random.reals([random.whole(1, 2), 2, random.whole(1, 2), block * block * random.whole(1, 2)]);
      return { inputs: { x }, evaluate: (tensors) => tf.depthToSpace(tf.square(tensors.x!) as tf.Tensor4D, block) };
    },
    smoothly,
  ),
  gradientCase(
    tf.SpaceToBatchND,
    'with padding',
    (random) => ({
      inputs: { x: random.reals([2, 3, 2, random.whole(1, 2)]) },
      evaluate: ({ x }) =>
        tf.spaceToBatchND(
          tf.square(x!),
          [2, 2],
          [
            [1, 0],
            [0, 2],
          ],
        ),
    }),
    smoothly,
  ),
  gradientCase(
    tf.BatchToSpaceND,
    'with crops',
    (random) => ({
      inputs: { x: random.reals([4, 2, 3, random.whole(1, 2)]) },
      evaluate: ({ x }) =>
        tf.batchToSpaceND(
          tf.square(x!),
          [2, 2],
          [
            [1, 0],
            [0, 2],
          ],
        ),
    }),
    smoothly,
  ),
];
