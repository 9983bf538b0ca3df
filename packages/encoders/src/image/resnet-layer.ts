import { fold, type Key, type Shape } from '@polytask/base';
import {
  type Context,
  type Conv2dOptions,
  type Conv2dParams,
  conv2d,
  dropout as dropoutLayer,
  globalAveragePool2d,
  groupNorm,
  type Host,
  type Layer,
  type Levels,
  maxPool2d,
  named,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { gramFeatures, gramWidth } from './gram.ts';
import type { ImageInputs } from './image-inputs.ts';

export type ResnetLayerOptions = {
  /** Blocks of each stage; 2, 2, 2, 2 is ResNet-18. */
  readonly blocks: readonly number[];
  /** Channels of the first stage; each further stage has twice those before. */
  readonly filters: number;
  /** `large`: 7×7 at stride 2, then 3×3 maxima at stride 2. `small`, for images of some 64 pixels: 3×3 at stride 1. */
  readonly stem: 'large' | 'small';
  /** Groups of channels that are normalised behind each convolution; null for scale and bias alone, as in a network whose batch norms are frozen. */
  readonly groups: number | null;
  /** The stage, from 0, whose Gram statistics are added to the means; null for none. */
  readonly gram: number | null;
  readonly dropout: number;
  /** `map` leaves the last stage as it is, [height, width, channels], for heads that look at places. Default: the mean over places. */
  readonly pooling?: 'average' | 'map';
};

/** A convolution without bias, and scale and bias [filters] of its norm. */
export type NormedParams = { readonly filter: tf.Tensor; readonly scale: tf.Tensor; readonly bias: tf.Tensor };

export type ResidualBlockParams = {
  readonly first: NormedParams;
  readonly second: NormedParams;
  /** Where the shape changes. */
  readonly shortcut?: NormedParams;
};

export type ResnetParams = {
  readonly stem: NormedParams;
  readonly stages: readonly (readonly ResidualBlockParams[])[];
};

/**
 * A residual network of basic blocks: y = relu(x + norm(conv(relu(norm(conv(x)))))), from stage to stage with twice the channels at half the size, and
 * the mean over places at the end.
 *
 * { pixels [batch, height, width, channels] } → [batch, filters · 2^(stages − 1)], or [batch, height, width, …] of the last stage with the pooling `map`.
 *
 * @throws RangeError for sizes that are no positive integers, groups that do not divide the filters, or a Gram stage that is none or beside a map.
 *
 * He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
 */
export function resnet({
  blocks,
  filters: least,
  stem,
  groups,
  gram,
  dropout,
  pooling = 'average',
}: ResnetLayerOptions): Layer<ResnetParams, ImageInputs> {
  const trunk = resnetStages({ blocks, filters: least, stem, groups });
  if (gram !== null && !(Number.isInteger(gram) && gram >= 0 && gram < blocks.length))
    throw new RangeError(`gram: expected a stage from 0 to ${blocks.length - 1}. Found ${gram}.`);
  if (gram !== null && pooling === 'map') throw new RangeError('gram: expected none beside a map. Found a stage.');
  const average = globalAveragePool2d();
  const drop = dropoutLayer({ rate: dropout });
  return {
    init(key, inputShape) {
      const { params, outputShape } = trunk.init(key, inputShape);
      if (pooling === 'map') return { params, outputShape };
      const added = gram === null ? 0 : gramWidth(least * 2 ** gram);
      return { params, outputShape: [outputShape[2]! + added] };
    },
    apply(params, { pixels }, context) {
      let statistics: tf.Tensor | undefined;
      const maps = trunk.apply(params, pixels, context, (stage, at) => {
        if (gram === at) statistics = named('gram', () => gramFeatures(stage));
      });
      if (pooling === 'map') return maps;
      const means = average.apply({}, maps, context);
      return drop.apply({}, statistics ? tf.concat([means, statistics], 1) : means, within(context, 'features'));
    },
  };
}

/**
 * The same network as a trunk that is looked at on the way: of each stage what its last block gives and, where it has several, its first.
 *
 * { pixels [batch, height, width, channels] } → `Levels`; the shape is that of the last stage.
 *
 * @throws RangeError as `resnet`.
 */
export function resnetLevels(options: ResnetTrunkOptions): Layer<ResnetParams, ImageInputs, Levels> {
  const trunk = resnetStages(options);
  return {
    init: trunk.init,
    apply(params, { pixels }, context) {
      const levels: { first?: tf.Tensor; last: tf.Tensor }[] = [];
      trunk.apply(params, pixels, context, (last, at, first) => {
        levels[at] = { ...(options.blocks[at]! > 1 && { first }), last };
      });
      return levels;
    },
  };
}

export type ResnetTrunkOptions = Pick<ResnetLayerOptions, 'blocks' | 'filters' | 'stem' | 'groups'>;

/** Stem and stages. */
function resnetStages({ blocks, filters: least, stem, groups }: ResnetTrunkOptions) {
  if (blocks.length === 0 || !blocks.every((count) => Number.isInteger(count) && count > 0))
    throw new RangeError(`blocks: expected positive integers. Found ${JSON.stringify(blocks)}.`);
  if (stem !== 'large' && stem !== 'small') throw new RangeError(`stem: expected "large" or "small". Found ${stem}.`);
  const normed = normedConvolution(groups);
  const first = stem === 'large' ? normed({ filters: least, size: 7, stride: 2 }) : normed({ filters: least });
  const shrink = stem === 'large' ? maxPool2d({ size: 3, stride: 2, padding: 1 }) : null;
  const stages = blocks.map((count, at) =>
    Array.from({ length: count }, (_, place) => {
      const filters = least * 2 ** at;
      const stride = at > 0 && place === 0 ? 2 : 1;
      return {
        first: normed({ filters, stride }),
        second: normed({ filters }),
        shortcut: stride === 2 ? normed({ filters, size: 1, stride }) : null,
      };
    }),
  );
  return {
    init(key: Key, inputShape: Shape): { params: Host<ResnetParams>; outputShape: Shape } {
      const started = first.init(fold(key, 'stem'), inputShape);
      let shape = shrink ? shrink.init(key, started.outputShape).outputShape : started.outputShape;
      const made = stages.map((stage, at) =>
        stage.map((block, place) => {
          const own = fold(key, `stage ${at} ${place}`);
          const one = block.first.init(fold(own, 'first'), shape);
          const shortcut = block.shortcut?.init(fold(own, 'shortcut'), shape);
          const two = block.second.init(fold(own, 'second'), one.outputShape);
          shape = two.outputShape;
          return { first: one.params, second: two.params, ...(shortcut && { shortcut: shortcut.params }) };
        }),
      );
      return { params: { stem: started.params, stages: made }, outputShape: shape };
    },
    /** @param seen is told what each stage gives. */
    apply(
      params: ResnetParams,
      pixels: tf.Tensor,
      context: Context,
      seen: (last: tf.Tensor, at: number, first: tf.Tensor) => void,
    ): tf.Tensor {
      const begun = named('stem', () => tf.relu(first.apply(params.stem, pixels)));
      return stages.reduce(
        (before, stage, at) => {
          let start: tf.Tensor | undefined;
          const features = named(`stages.${at}`, () =>
            stage.reduce((x, { first: one, second: two, shortcut }, place) => {
              const own = params.stages[at]![place]!;
              const y = two.apply(own.second, tf.relu(one.apply(own.first, x)));
              const made = tf.relu(tf.add(shortcut ? shortcut.apply(own.shortcut!, x) : x, y));
              start ??= made;
              return made;
            }, before),
          );
          seen(features, at, start!);
          return features;
        },
        shrink ? shrink.apply({}, begun, context) : begun,
      );
    },
  };
}

/** A convolution without bias and its norm. */
function normedConvolution(groups: number | null) {
  const norm = groups === null ? null : groupNorm({ groups });
  return (options: Conv2dOptions) => {
    const convolution = conv2d({ ...options, bias: false });
    return {
      init(key: Key, inputShape: Shape): { params: Host<NormedParams>; outputShape: Shape } {
        const { params, outputShape } = convolution.init(key, inputShape);
        const { scale, bias } = (norm ?? affine).init(key, outputShape).params;
        return { params: { filter: (params as Host<Conv2dParams>).filter, scale, bias }, outputShape };
      },
      apply({ filter, scale, bias }: NormedParams, x: tf.Tensor): tf.Tensor {
        const y = convolution.apply({ filter }, x, unused);
        return norm ? norm.apply({ scale, bias }, y, unused) : tf.add(tf.mul(y, scale), bias);
      },
    };
  };
}

/** First values of scale and bias are those of a norm. */
const affine = groupNorm({ groups: 1 });
/** Convolutions and norms draw nothing and record nothing. */
const unused = undefined as never;
