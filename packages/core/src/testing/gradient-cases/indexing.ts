import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.ts';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

/** Places of a tensor, each of the first `depth` axes an index. */
const places = (random: Draws, shape: readonly number[], depth: number, count: readonly number[]) => {
  const length = count.reduce((product, size) => product * size, 1);
  const rows = Array.from({ length }, () => shape.slice(0, depth).map((size) => random.whole(0, size - 1)));
  return hostTensor('int32', [...count, depth], rows.flat());
};

/** Places that differ from each other. */
const distinctPlaces = (random: Draws, shape: readonly number[], depth: number) => {
  const sizes = shape.slice(0, depth);
  const total = sizes.reduce((product, size) => product * size, 1);
  const taken = random.shuffled(total).slice(0, random.whole(1, total));
  const rows = taken.map((flat) => {
    const coordinates: number[] = [];
    let rest = flat;
    for (const size of sizes.toReversed()) {
      coordinates.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    return coordinates;
  });
  return hostTensor('int32', [rows.length, depth], rows.flat());
};

const filled = { empty: false };

export const indexingCases: readonly GradientCase[] = [
  gradientCase(
    tf.GatherV2,
    'along any axis',
    (random) => {
      const shape = random.shape(1, 4, filled);
      const axis = random.axis(shape.length);
      const indices = random.integers(random.shape(0, 2), 0, shape.at(axis)! - 1);
      return {
        inputs: { x: random.reals(shape) },
        fixed: { indices },
        evaluate: (t) => tf.gather(tf.square(t.x!), t.indices!, axis),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.GatherV2,
    'within batches',
    (random) => {
      const shape = random.shape(2, 5, filled);
      const batchDims = random.whole(1, Math.min(2, shape.length - 1));
      const axis = random.whole(batchDims, shape.length - 1);
      const indices = random.integers([...shape.slice(0, batchDims), random.whole(1, 3)], 0, shape[axis]! - 1);
      return {
        inputs: { x: random.reals(shape) },
        fixed: { indices },
        evaluate: (t) => tf.gather(tf.square(t.x!), t.indices as tf.Tensor1D, axis, batchDims),
      };
    },
    smoothly,
  ),
  gradientCase(tf.GatherV2, 'at indices that depend on x', (random) => ({
    inputs: { x: random.apart([5]) },
    evaluate: ({ x }) => tf.mul(tf.gather(tf.square(x!), tf.argMax(x!)), tf.oneHot(tf.argMin(x!), 5)),
  })),
  gradientCase(tf.OneHot, 'of an index that depends on x', (random) => ({
    inputs: { x: random.apart([5]) },
    evaluate: ({ x }) => tf.mul(x!, tf.oneHot(tf.argMin(x!), 5)),
  })),
  gradientCase(
    tf.GatherNd,
    'of entries or slices',
    (random) => {
      const shape = random.shape(1, 4, filled);
      const indices = places(random, shape, random.whole(1, shape.length), random.shape(1, 2, filled));
      return {
        inputs: { x: random.reals(shape) },
        fixed: { indices },
        evaluate: (t) => tf.gatherND(tf.square(t.x!), t.indices!),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.ScatterNd,
    'with places that repeat',
    (random) => {
      const shape = random.shape(1, 4, filled);
      const depth = random.whole(1, shape.length);
      const indices = places(random, shape, depth, [random.whole(1, 4)]);
      return {
        inputs: { updates: random.reals([indices.shape[0]!, ...shape.slice(depth)]) },
        fixed: { indices },
        evaluate: (t) => tf.scatterND(t.indices!, tf.square(t.updates!), shape as [number]),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.TensorScatterUpdate,
    'at distinct places',
    (random) => {
      const shape = random.shape(1, 4, filled);
      const depth = random.whole(1, shape.length);
      const indices = distinctPlaces(random, shape, depth);
      return {
        inputs: { x: random.reals(shape), updates: random.reals([indices.shape[0]!, ...shape.slice(depth)]) },
        fixed: { indices },
        evaluate: (t) => tf.tensorScatterUpdate(tf.square(t.x!), t.indices!, tf.square(t.updates!)),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.SparseToDense,
    'with a default',
    (random) => {
      const shape = random.shape(1, 3, filled);
      const indices = distinctPlaces(random, shape, shape.length);
      return {
        inputs: { values: random.reals(random.coin() ? [indices.shape[0]!] : []), otherwise: random.reals([]) },
        fixed: { indices },
        evaluate: (t) =>
          tf.sparseToDense(t.indices!, tf.square(t.values!), shape as [number], t.otherwise as tf.Scalar),
      };
    },
    smoothly,
  ),
  gradientCase(tf.TopK, 'of each row', (random) => {
    const shape = random.shape(1, 4, filled);
    const count = random.whole(1, shape.at(-1)!);
    return { inputs: { x: random.apart(shape) }, evaluate: ({ x }) => tf.topk(tf.add(x!, 3), count).values };
  }),
  gradientCase(
    tf.UnsortedSegmentSum,
    'with ids below and above the segments',
    (random) => {
      const shape = random.shape(1, 3, filled);
      return {
        inputs: { x: random.reals(shape) },
        fixed: { ids: random.integers([shape[0]!], -1, 3) },
        evaluate: (t) => tf.unsortedSegmentSum(tf.square(t.x!), t.ids as tf.Tensor1D, 3),
      };
    },
    smoothly,
  ),
  gradientCase(tf.Bincount, 'of weights', (random) => {
    const count = random.whole(1, 5);
    return {
      inputs: { weights: random.reals([count]) },
      fixed: { x: random.integers([count], 0, 4) },
      evaluate: (t) => tf.bincount(t.x as tf.Tensor1D, t.weights as tf.Tensor1D, 4),
    };
  }),
  gradientCase(tf.DenseBincount, 'of weights, in rows or not', (random) => {
    const shape = random.shape(1, 2, filled);
    return {
      inputs: { weights: random.reals(shape) },
      fixed: { x: random.integers(shape, 0, 4) },
      evaluate: (t) => tf.denseBincount(t.x as tf.Tensor1D, t.weights as tf.Tensor1D, 4),
    };
  }),
  gradientCase(tf.SearchSorted, 'as a number', (random) => ({
    inputs: { x: random.reals([4], 0.1, 0.9) },
    evaluate: ({ x }) => tf.mul(x!, tf.cast(tf.searchSorted(tf.tensor1d([0, 1, 2]), x!), 'float32')),
  })),
];
