import { type HostTensor, hostTensor } from '@polytask/base';
import { type FrontEnd, logMel, logMelRate, mono, resampleSound, type Sound } from '@polytask/data';
import type * as tf from '@tensorflow/tfjs-core';
import type { HostInputs } from '../encoder.ts';

/** What speech encoders hand to their layers: `frames` [batch, time, bands] float32, of which the first `lengths[i]` of row i count. */
export type SpeechInputs = { readonly frames: tf.Tensor; readonly lengths: tf.Tensor };

/** The axis that may have any size. Time is not: it is halved, which no program does for all sizes alike. */
export const speechAxes = ['batch'] as const;

/** JSON: the front end, and mean and deviation of each of its bands. */
export type SpeechScale = {
  readonly features: FrontEnd;
  readonly bands: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
};

/** Log-mel features [frames, bands] of a sound of any rate and number of channels, which are averaged. Too short ones are followed by silence. */
export function featuresOf(
  sound: Sound,
  { features, bands }: Pick<SpeechScale, 'features' | 'bands'>,
): HostTensor<'float32'> {
  const samples = mono(sound);
  const resampled = sound.sampleRate === logMelRate ? samples : resampleSound(samples, sound.sampleRate, logMelRate);
  return logMel(atLeast(resampled, shortest), { type: features, bands });
}

/** Of one frame, in every front end. */
const shortest = 400;

function atLeast(samples: Float32Array, count: number): Float32Array {
  if (samples.length >= count) return samples;
  const longer = new Float32Array(count);
  longer.set(samples);
  return longer;
}

/** Mean and deviation of each band over all frames of sounds, one after the other. @throws RangeError without sounds. */
export function speechScale({ features, bands }: Pick<SpeechScale, 'features' | 'bands'>) {
  const sums = new Float64Array(bands);
  const squares = new Float64Array(bands);
  let frames = 0;
  return {
    observe(sound: Sound): void {
      const { data } = featuresOf(sound, { features, bands });
      for (let at = 0; at < data.length; at++) {
        sums[at % bands]! += data[at]!;
        squares[at % bands]! += data[at]! ** 2;
      }
      frames += data.length / bands;
    },
    scale(): SpeechScale {
      if (frames === 0) throw new RangeError('sounds: expected at least one. Found none.');
      const mean = Array.from(sums, (sum) => sum / frames);
      const deviation = Array.from(
        squares,
        // a band that never changes stays as it is
        (sum, band) => Math.sqrt(Math.max(0, sum / frames - mean[band]! ** 2)) || 1,
      );
      return { features, bands, mean, deviation };
    },
  };
}

/** Features with mean 0 and deviation 1 in each band. */
export function scaled(
  { shape, data }: HostTensor<'float32'>,
  { bands, mean, deviation }: SpeechScale,
): HostTensor<'float32'> {
  const values = data.map((value, at) => (value - mean[at % bands]!) / deviation[at % bands]!);
  return hostTensor('float32', shape, values);
}

/** A batch of `size` rows of `width` frames: longer ones are cut, the rest is 0. */
export function collateSpeech(
  sounds: readonly HostTensor<'float32'>[],
  { size, width }: { readonly size: number; readonly width: number },
  bands: number,
): HostInputs<SpeechInputs> {
  const frames = new Float32Array(size * width * bands);
  const lengths = new Int32Array(size);
  for (const [row, { shape, data }] of sounds.entries()) {
    const length = Math.min(shape[0]!, width);
    frames.set(data.subarray(0, length * bands), row * width * bands);
    lengths[row] = length;
  }
  return { frames: hostTensor('float32', [size, width, bands], frames), lengths: hostTensor('int32', [size], lengths) };
}
