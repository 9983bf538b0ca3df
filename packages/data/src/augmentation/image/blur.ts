import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import { type Picture, pictureLike, sizeOfPicture } from './picture.ts';

export type BlurOptions = {
  /** σ in pixels. Default: [0.1, 2]. */
  readonly sigma?: Span;
};

/**
 * Blurs an image by a Gaussian, exp(−d²/2σ²) of distances up to 3σ and of sum 1, by rows and by columns; the pixels of the edges stand for what
 * is outside.
 *
 * @throws RangeError unless σ is from 0.01 to 50.
 */
export function blur({ sigma = [0.1, 2] }: BlurOptions = {}): Augmentation<Picture> {
  const span = ends('sigma', sigma, 0.01, 50);
  return {
    name: 'blur',
    options: { sigma: span },
    touches: ['sharpness', 'detail'],
    apply(image, key) {
      const { height, width, channels } = sizeOfPicture(image);
      const kernel = gaussian(draw(words(key), span));
      const rows = smoothed(Float64Array.from(image.data), kernel, width, channels);
      return pictureLike(image, smoothed(rows, kernel, height, channels * width));
    },
  };
}

function gaussian(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Smooths along an axis of `length` places that lie `stride` numbers apart. */
function smoothed(values: Float64Array, kernel: Float64Array, length: number, stride: number) {
  const reach = (kernel.length - 1) / 2;
  const result = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const place = Math.floor(at / stride) % length;
    let sum = 0;
    for (let tap = -reach; tap <= reach; tap++) {
      const from = Math.max(0, Math.min(length - 1, place + tap));
      sum += kernel[tap + reach]! * values[at + (from - place) * stride]!;
    }
    result[at] = sum;
  }
  return result;
}
