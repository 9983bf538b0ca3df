import { fold, type Key, type Shape } from '@polytask/base';
import {
  type BatchNormParams,
  batchNorm,
  type Context,
  type Conv2dParams,
  conv2d,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type GroupNormParams,
  globalAveragePool2d,
  groupNorm,
  type Host,
  heNormal,
  type Layer,
  type Levels,
  maxPool2d,
  named,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { gramFeatures, gramWidth } from './gram.ts';
import type { ImageInputs } from './image-inputs.ts';

export type CnnLayerOptions = {
  /** Filters of each block. */
  readonly filters: readonly number[];
  /** 3×3 convolutions per block. */
  readonly depth: number;
  /** Groups of channels that are normalised behind each convolution; null for none. */
  readonly groups: number | null;
  /** Batch norm behind each convolution, with running statistics for prediction; instead of groups. Default: false. */
  readonly batchNorm?: boolean;
  /**
   * How the last block becomes one vector: every place by itself, or the mean over places. `map` leaves it as it is, [height, width, channels], without
   * dense layer and dropout, for heads that look at places; the size of the images over 2 per block is its grid.
   */
  readonly pooling: 'flatten' | 'average' | 'map';
  /** The block, from 0, whose Gram statistics are added to the vector; null for none. */
  readonly gram: number | null;
  /** Units of the dense layer. */
  readonly units: number;
  readonly dropout: number;
};

type ConvolutionParams = { readonly convolution: Conv2dParams; readonly norm?: GroupNormParams | BatchNormParams };

export type CnnParams = {
  readonly blocks: readonly (readonly ConvolutionParams[])[];
  /** Unless the pooling is `map`. */
  readonly dense?: DenseParams;
};

/**
 * A convolutional network: blocks of 3×3 convolutions with relu, each followed by the maximum over 2×2 pixels; then one vector, dropout, and a
 * dense layer with relu and dropout.
 *
 * { pixels [batch, height, width, channels] } → [batch, units], or [batch, height / 2ⁿ, width / 2ⁿ, filters] of n blocks with the pooling `map`.
 *
 * @throws RangeError for sizes that are no positive integers, groups that do not divide the filters, a Gram block that is none or beside a map, and
 * images that the blocks shrink to nothing.
 */
export function cnn({
  filters,
  depth,
  groups,
  batchNorm: isBatched = false,
  pooling,
  gram,
  units,
  dropout,
}: CnnLayerOptions): Layer<CnnParams, ImageInputs> {
  const trunk = cnnBlocks({ filters, depth, groups, batchNorm: isBatched });
  if (gram !== null && !(Number.isInteger(gram) && gram >= 0 && gram < filters.length))
    throw new RangeError(`gram: expected a block from 0 to ${filters.length - 1}. Found ${gram}.`);
  if (gram !== null && pooling === 'map') throw new RangeError('gram: expected none beside a map. Found a block.');
  const shrink = maxPool2d();
  const average = globalAveragePool2d();
  const last = dense({ units, activation: 'relu', init: heNormal });
  const drop = dropoutLayer({ rate: dropout });
  return {
    init(key, inputShape) {
      const { params: made, outputShape: whole } = trunk.init(key, inputShape);
      const shape = shrink.init(key, whole).outputShape;
      if (pooling === 'map') return { params: { blocks: made }, outputShape: shape };
      const [height, width, channels] = shape as unknown as [number, number, number];
      const own = pooling === 'average' ? channels : height * width * channels;
      const added = gram === null ? 0 : gramWidth(filters[gram]!);
      const { params, outputShape } = last.init(fold(key, 'dense'), [own + added]);
      return { params: { blocks: made, dense: params }, outputShape };
    },
    apply(params, { pixels }, context) {
      let statistics: tf.Tensor | undefined;
      const features = trunk.apply(params.blocks, pixels, context, (block, at) => {
        if (gram === at) statistics = named('gram', () => gramFeatures(block));
      });
      const maps = shrink.apply({}, features, context);
      if (pooling === 'map') return maps;
      const batch = maps.shape[0]!;
      const vector =
        pooling === 'average' ? average.apply({}, maps, context) : tf.reshape(maps, [batch, maps.size / batch]);
      const all = statistics ? tf.concat([vector, statistics], 1) : vector;
      const kept = drop.apply({}, all, within(context, 'vector'));
      return named('dense', () =>
        drop.apply({}, last.apply(params.dense!, kept, within(context, 'dense')), within(context, 'features')),
      );
    },
  };
}

/**
 * The same blocks as a trunk that is looked at on the way: of each block what its last convolution gives and, where it has several, its first. The
 * maximum over 2×2 pixels stands between blocks and not behind the last.
 *
 * { pixels [batch, height, width, channels] } → `Levels`; the shape is that of the last, [height / 2ⁿ⁻¹, width / 2ⁿ⁻¹, filters] of n blocks.
 *
 * @throws RangeError as `cnn`.
 */
export function cnnLevels(options: CnnTrunkOptions): Layer<CnnParams, ImageInputs, Levels> {
  const trunk = cnnBlocks(options);
  return {
    init(key, inputShape) {
      const { params, outputShape } = trunk.init(key, inputShape);
      return { params: { blocks: params }, outputShape };
    },
    apply(params, { pixels }, context) {
      const levels: { first?: tf.Tensor; last: tf.Tensor }[] = [];
      trunk.apply(params.blocks, pixels, context, (last, at, first) => {
        levels[at] = { ...(options.depth > 1 && { first }), last };
      });
      return levels;
    },
  };
}

export type CnnTrunkOptions = Pick<CnnLayerOptions, 'filters' | 'depth' | 'groups' | 'batchNorm'>;

/** Blocks of convolutions, with the maximum over 2×2 pixels between them. */
function cnnBlocks({ filters, depth, groups, batchNorm: isBatched = false }: CnnTrunkOptions) {
  if (filters.length === 0) throw new RangeError('filters: expected at least one block. Found none.');
  if (!(Number.isInteger(depth) && depth > 0))
    throw new RangeError(`depth: expected a positive integer. Found ${depth}.`);
  const blocks = filters.map((count) =>
    Array.from({ length: depth }, () => ({
      convolution: conv2d({ filters: count }),
      norm: normOf(groups, isBatched),
    })),
  );
  if (isBatched && groups !== null) throw new RangeError('groups, batchNorm: expected one of them. Found both.');
  const shrink = maxPool2d();
  return {
    init(key: Key, inputShape: Shape): { params: Host<CnnParams['blocks']>; outputShape: Shape } {
      let shape = inputShape;
      const params = blocks.map((block, at) => {
        if (at > 0) shape = shrink.init(key, shape).outputShape;
        return block.map(({ convolution, norm }, place) => {
          const one = convolution.init(fold(key, `block ${at} ${place}`), shape);
          shape = one.outputShape;
          return { convolution: one.params, ...(norm && { norm: norm.init(key, shape).params }) };
        });
      });
      return { params, outputShape: shape };
    },
    /** @param seen is told what each block gives, before anything shrinks it. */
    apply(
      params: CnnParams['blocks'],
      pixels: tf.Tensor,
      context: Context,
      seen: (last: tf.Tensor, at: number, first: tf.Tensor) => void,
    ): tf.Tensor {
      return blocks.reduce((before, block, at) => {
        let first: tf.Tensor | undefined;
        const given = at > 0 ? shrink.apply({}, before, context) : before;
        const features = named(`blocks.${at}`, () =>
          block.reduce((x, { convolution, norm }, place) => {
            const own = params[at]![place]!;
            const y = convolution.apply(own.convolution, x, within(context, `block ${at} ${place}`));
            const made = tf.relu(norm ? norm.apply(own.norm!, y, context) : y);
            first ??= made;
            return made;
          }, given),
        );
        seen(features, at, first!);
        return features;
      }, pixels);
    },
  };
}

const normOf = (groups: number | null, isBatched: boolean): Layer<GroupNormParams | BatchNormParams> | null =>
  (isBatched ? batchNorm() : groups === null ? null : groupNorm({ groups })) as Layer<
    GroupNormParams | BatchNormParams
  > | null;
