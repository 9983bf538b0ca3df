import { hostTensor, quote } from '@polytask/base';
import type { Layer } from '@polytask/core';
import { type Image, resizeImage } from '@polytask/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { Encoder, HostInputs } from '../encoder.ts';

/** What image encoders hand to their layers: [batch, height, width, channels] float32, each channel with mean 0 and deviation 1. */
export type ImageInputs = { readonly pixels: tf.Tensor };

/** The axis that may have any size. */
export const imageAxes = ['batch'] as const;

/** JSON: the size of the images, and of each channel mean and standard deviation of values in [0, 1]. */
export type ImageScale = {
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
};

/**
 * Mean and deviation of each channel over all pixels of the training images, one after the other, and the size of the first of them.
 *
 * @throws RangeError without images, or for one that is not uint8 [height, width, channels].
 */
function imageScale() {
  let sizes: readonly [number, number, number] | undefined;
  let pixels = 0;
  const sums: number[] = [];
  const squares: number[] = [];
  return {
    observe(image: Image): void {
      sizes ??= sizesOf(image);
      const channels = sizes[2];
      if (sizesOf(image)[2] !== channels)
        throw new RangeError(`images: expected ${channels} channels in each. Found ${image.shape[2]}.`);
      const { data } = image;
      for (let channel = 0; channel < channels; channel++) {
        let sum = sums[channel] ?? 0;
        let square = squares[channel] ?? 0;
        for (let at = channel; at < data.length; at += channels) {
          const value = data[at]! / 255;
          sum += value;
          square += value * value;
        }
        sums[channel] = sum;
        squares[channel] = square;
      }
      pixels += data.length / channels;
    },
    scale(): ImageScale {
      if (!sizes) throw new RangeError('images: expected at least one. Found none.');
      const mean = sums.map((sum) => sum / pixels);
      const deviation = squares.map(
        (sum, channel) =>
          // a channel that never changes stays as it is
          Math.sqrt(Math.max(0, sum / pixels - mean[channel]! ** 2)) || 1,
      );
      return { height: sizes[0], width: sizes[1], mean, deviation };
    },
  };
}

/** The image in the size of the scale, with as many channels. @throws RangeError for another number of channels. */
export function fitting(image: Image, { height, width, mean }: ImageScale): Image {
  const [rows, columns, channels] = sizesOf(image);
  if (channels !== mean.length) throw new RangeError(`image: expected ${mean.length} channels. Found ${channels}.`);
  return rows === height && columns === width ? image : resizeImage(image, { height, width });
}

/** Images of one size as a batch: (x / 255 − μ) / σ by channel; rows beyond them are 0. */
export function collateImages(
  images: readonly Image[],
  { height, width, mean, deviation }: ImageScale,
  size: number,
): HostInputs<ImageInputs> {
  const channels = mean.length;
  const values = new Float32Array(size * height * width * channels);
  // one table instead of a division per value
  const scaled = mean.map((centre, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - centre) / deviation[channel]!),
  );
  let to = 0;
  for (const { data } of images) {
    for (let at = 0; at < data.length; at += channels)
      for (let channel = 0; channel < channels; channel++) values[to++] = scaled[channel]![data[at + channel]!]!;
  }
  return { pixels: hostTensor('float32', [size, height, width, channels], values) };
}

function sizesOf({ dtype, shape }: Image): readonly [number, number, number] {
  if (dtype !== 'uint8' || shape.length !== 3)
    throw new RangeError(`image: expected uint8 [height, width, channels]. Found ${dtype} ${quote(shape)}.`);
  return shape as unknown as readonly [number, number, number];
}

/** An encoder of images around a layer of these sizes. */
export function imageEncoder<Sizes extends object, Params>(
  sizes: Sizes,
  layer: (spec: ImageScale & Sizes) => Layer<Params, ImageInputs>,
): Encoder<Image, ImageScale & Sizes, Image, Params, ImageInputs> {
  return {
    fit(images) {
      const { observe, scale } = imageScale();
      for (const image of images) observe(image);
      return { ...scale(), ...sizes };
    },
    async fitEach(images) {
      const { observe, scale } = imageScale();
      for await (const image of images) observe(image);
      return { ...scale(), ...sizes };
    },
    encode: fitting,
    length: 1,
    lengthOf: () => 1,
    lengthBuckets: 1,
    axes: imageAxes,
    collate: (images, { size }, spec) => collateImages(images, spec, size),
    layer: (spec) => ({ layer: layer(spec), inputShape: [spec.height, spec.width, spec.mean.length] }),
  };
}
