import type { Levels } from '@polytask/core';
import type { Image } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { type ImageInputs, type ImageScale, imageEncoder } from './image-inputs.ts';
import { type ResnetLayerOptions, type ResnetParams, resnet, resnetLevels } from './resnet-layer.ts';

/** Options of the layer: blocks 2, 2, 2, 2; filters 64; stem `large`; groups 8; gram none; dropout 0.2. */
export type ResnetOptions = Partial<ResnetLayerOptions>;

/** JSON: size and scale of the images, and the sizes of the layer. */
export type ResnetSpec = ImageScale & ResnetLayerOptions;

/**
 * Images through a residual network: uint8 [height, width, channels] → [8 · filters]. ResNet-18 unless its sizes are given.
 *
 * @throws RangeError when an option is out of range.
 *
 * He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", CVPR 2016; group norm in the place of batch norm: Wu & He, ECCV 2018.
 */
export function resnetEncoder({
  blocks = [2, 2, 2, 2],
  filters = 64,
  stem = 'large',
  groups = 8,
  gram = null,
  dropout = 0.2,
  pooling,
}: ResnetOptions = {}): Encoder<Image, ResnetSpec, Image, ResnetParams, ImageInputs> {
  const sizes = { blocks, filters, stem, groups, gram, dropout, ...(pooling && { pooling }) };
  resnet(sizes);
  return imageEncoder<ResnetLayerOptions, ResnetParams>(sizes, resnet);
}

/**
 * As `resnetEncoder`, with the features of every stage in the place of their mean, for attention that looks at them on the way: `mtan({ levels })` of
 * `@polytask/sharing`. Without dropout.
 */
export function resnetLevelsEncoder(
  options: Omit<ResnetOptions, 'pooling' | 'gram' | 'dropout'> = {},
): Encoder<Image, ResnetSpec, Image, ResnetParams, ImageInputs, Levels> {
  return {
    ...resnetEncoder({ ...options, pooling: 'map' }),
    layer: (spec) => ({ layer: resnetLevels(spec), inputShape: [spec.height, spec.width, spec.mean.length] }),
    levels: ({ blocks, filters }) => blocks.map((_, at) => filters * 2 ** at),
  };
}
