import { fold } from '@polytask/base';
import {
  type BatchNormParams,
  batchNorm,
  type Conv2dParams,
  conv2d,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type GroupNormParams,
  globalAveragePool2d,
  groupNorm,
  heNormal,
  type Layer,
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
  if (filters.length === 0) throw new RangeError('filters: expected at least one block. Found none.');
  if (gram !== null && !(Number.isInteger(gram) && gram >= 0 && gram < filters.length))
    throw new RangeError(`gram: expected a block from 0 to ${filters.length - 1}. Found ${gram}.`);
  if (gram !== null && pooling === 'map') throw new RangeError('gram: expected none beside a map. Found a block.');
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
  const average = globalAveragePool2d();
  const last = dense({ units, activation: 'relu', init: heNormal });
  const drop = dropoutLayer({ rate: dropout });
  return {
    init(key, inputShape) {
      let shape = inputShape;
      const made = blocks.map((block, at) => {
        const params = block.map(({ convolution, norm }, place) => {
          const one = convolution.init(fold(key, `block ${at} ${place}`), shape);
          shape = one.outputShape;
          return { convolution: one.params, ...(norm && { norm: norm.init(key, shape).params }) };
        });
        shape = shrink.init(key, shape).outputShape;
        return params;
      });
      if (pooling === 'map') return { params: { blocks: made }, outputShape: shape };
      const [height, width, channels] = shape as unknown as [number, number, number];
      const own = pooling === 'average' ? channels : height * width * channels;
      const added = gram === null ? 0 : gramWidth(filters[gram]!);
      const { params, outputShape } = last.init(fold(key, 'dense'), [own + added]);
      return { params: { blocks: made, dense: params }, outputShape };
    },
    apply(params, { pixels }, context) {
      let statistics: tf.Tensor | undefined;
      const maps = blocks.reduce((before, block, at) => {
        const features = named(`blocks.${at}`, () =>
          block.reduce((x, { convolution, norm }, place) => {
            const own = params.blocks[at]![place]!;
            const y = convolution.apply(own.convolution, x, within(context, `block ${at} ${place}`));
            return tf.relu(norm ? norm.apply(own.norm!, y, context) : y);
          }, before),
        );
        if (gram === at) statistics = named('gram', () => gramFeatures(features));
        return shrink.apply({}, features, context);
      }, pixels);
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

const normOf = (groups: number | null, isBatched: boolean): Layer<GroupNormParams | BatchNormParams> | null =>
  (isBatched ? batchNorm() : groups === null ? null : groupNorm({ groups })) as Layer<
    GroupNormParams | BatchNormParams
  > | null;
