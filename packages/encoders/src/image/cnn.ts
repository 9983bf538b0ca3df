import type { Levels } from '@polytask/core';
import type { Image } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { type CnnLayerOptions, type CnnParams, cnn, cnnLevels } from './cnn-layer.ts';
import { type ImageInputs, type ImageScale, imageEncoder } from './image-inputs.ts';

/** Options of the layer: filters 32, 64, 128; depth 1; groups none; pooling `flatten`; gram none; units 128; dropout 0.5. */
export type CnnOptions = Partial<CnnLayerOptions>;

/** JSON: size and scale of the images, and the sizes of the layer. */
export type CnnSpec = ImageScale & CnnLayerOptions;

/**
 * Images through a convolutional network that is trained from scratch: uint8 [height, width, channels] → [units].
 *
 * `fit` takes the size of the first training image for all, and mean and deviation of each channel from all of them.
 *
 * @throws RangeError when an option is out of range.
 *
 * LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition", 1998.
 */
export function cnnEncoder({
  filters = [32, 64, 128],
  depth = 1,
  groups = null,
  batchNorm = false,
  pooling = 'flatten',
  gram = null,
  units = 128,
  dropout = 0.5,
}: CnnOptions = {}): Encoder<Image, CnnSpec, Image, CnnParams, ImageInputs> {
  const sizes = { filters, depth, groups, batchNorm, pooling, gram, units, dropout };
  cnn(sizes);
  return imageEncoder<CnnLayerOptions, CnnParams>(sizes, cnn);
}

/**
 * As `cnnEncoder`, with the features of every block in the place of one vector, for attention that looks at them on the way: `mtan({ levels })` of
 * `@polytask/sharing`. Without dense layer and dropout.
 */
export function cnnLevelsEncoder(
  options: Omit<CnnOptions, 'pooling' | 'gram' | 'units' | 'dropout'> = {},
): Encoder<Image, CnnSpec, Image, CnnParams, ImageInputs, Levels> {
  return {
    ...cnnEncoder({ ...options, pooling: 'map' }),
    layer: (spec) => ({ layer: cnnLevels(spec), inputShape: [spec.height, spec.width, spec.mean.length] }),
    levels: ({ filters }) => filters,
  };
}
