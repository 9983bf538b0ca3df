import { type HostTensor, hostTensor } from '@polytask/base';
import { logMel, logMelRate } from '../../audio/log-mel.ts';
import { resampleSound } from '../../audio/resample-sound.ts';
import { mono, type Sound } from '../../audio/wav.ts';
import { lengthOfSound } from '../audio/sounds.ts';
import { integerWithin } from '../options.ts';

export type PictureSize = { readonly height: number; readonly width: number };

const ink = 40;

/**
 * The course of a sound, dark on white, uint8 [height, width, 1]: in every column the range of the samples that fall into it, the mean of the
 * channels, from −1 at the bottom to 1 at the top.
 *
 * @throws RangeError for sizes that are no integers from 8 to 4096, or samples that are not finite.
 */
export function waveformPicture(sound: Sound, { height, width }: PictureSize): HostTensor<'uint8'> {
  integerWithin('height', height, 8, 4096);
  integerWithin('width', width, 8, 4096);
  const length = lengthOfSound(sound);
  const samples = mono(sound);
  const data = new Uint8Array(height * width).fill(255);
  const rowOf = (value: number) => Math.round(((1 - Math.max(-1, Math.min(1, value))) / 2) * (height - 1));
  for (let column = 0; column < width; column++) {
    const from = Math.floor((column * length) / width);
    const to = Math.min(length, Math.max(from + 1, Math.floor(((column + 1) * length) / width)));
    let [low, high] = from < to ? [samples[from]!, samples[from]!] : [0, 0];
    for (let at = from; at < to; at++) {
      low = Math.min(low, samples[at]!);
      high = Math.max(high, samples[at]!);
    }
    for (let row = rowOf(high); row <= rowOf(low); row++) data[row * width + column] = ink;
  }
  return hostTensor('uint8', [height, width, 1], data);
}

/**
 * Features [frames, bands] as a picture, uint8 [bands, frames, 1]: time to the right, low bands at the bottom, from black at the smallest number
 * to white at the largest. At most `width` columns, each the mean of its frames.
 *
 * @throws RangeError unless the width is a positive integer.
 */
export function featurePicture({ shape, data }: HostTensor<'float32'>, width = 512): HostTensor<'uint8'> {
  integerWithin('width', width, 1, 4096);
  const [frames, bands] = shape as [number, number];
  const columns = Math.min(frames, width);
  const means = new Float64Array(columns * bands);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * frames) / columns);
    const to = Math.floor(((column + 1) * frames) / columns);
    for (let band = 0; band < bands; band++) {
      let sum = 0;
      for (let frame = from; frame < to; frame++) sum += data[frame * bands + band]!;
      const value = sum / (to - from);
      means[column * bands + band] = value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  const range = most > least ? most - least : 1;
  const result = new Uint8Array(bands * columns);
  for (let column = 0; column < columns; column++) {
    for (let band = 0; band < bands; band++)
      result[(bands - 1 - band) * columns + column] = Math.round(
        (255 * (means[column * bands + band]! - least)) / range,
      );
  }
  return hostTensor('uint8', [bands, columns, 1], result);
}

/** The log-mel features (front end `htk`) of a sound as a picture, at 16 kHz. */
export const logMelPicture = (sound: Sound, width?: number): HostTensor<'uint8'> =>
  featurePicture(logMel(resampleSound(mono(sound), sound.sampleRate, logMelRate), { type: 'htk' }), width);
