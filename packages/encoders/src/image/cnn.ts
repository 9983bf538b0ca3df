import type { Image } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { type CnnLayerOptions, type CnnParams, cnn } from './cnn-layer.ts';
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
