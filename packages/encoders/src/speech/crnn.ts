import type { HostTensor } from '@polytask/base';
import type { Sequence } from '@polytask/core';
import type { FrontEnd, Sound } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { type CrnnLayerOptions, type CrnnParams, crnn } from './crnn-layer.ts';
import {
  collateSpeech,
  featuresOf,
  type SpeechInputs,
  type SpeechScale,
  scaled,
  speechAxes,
  speechScale,
} from './speech-inputs.ts';

/** Options of the layer: filters 32, 32; units 128; cell `gru`; layers 2; width 96; dropout 0.2. */
export type CrnnOptions = Partial<CrnnLayerOptions> & {
  /** The front end. Default: `whisper`. */
  readonly features?: FrontEnd;
  /** Default: 80. */
  readonly bands?: number;
};

/** JSON: front end and scale, and the sizes of the layer. */
export type CrnnSpec = SpeechScale & CrnnLayerOptions;

/**
 * Speech as log-mel features through convolutions and recurrent layers: sound → sequence of [time / 4, 2 · width].
 *
 * `fit` learns mean and deviation of each band. Sounds of any rate are resampled to 16 kHz, several channels averaged.
 *
 * @throws RangeError when an option is out of range.
 *
 * Amodei et al., "Deep Speech 2", ICML 2016.
 */
export function crnnEncoder({
  features = 'whisper',
  bands = 80,
  filters = [32, 32],
  units = 128,
  cell = 'gru',
  layers = 2,
  width = 96,
  dropout = 0.2,
}: CrnnOptions = {}): Encoder<Sound, CrnnSpec, HostTensor<'float32'>, CrnnParams, SpeechInputs, Sequence> {
  const sizes = { filters, units, cell, layers, width, dropout };
  if (!(Number.isInteger(bands) && bands > 0))
    throw new RangeError(`bands: expected a positive integer. Found ${bands}.`);
  crnn(sizes);
  return {
    fit(sounds) {
      const { observe, scale } = speechScale({ features, bands });
      for (const sound of sounds) observe(sound);
      return { ...scale(), ...sizes };
    },
    async fitEach(sounds) {
      const { observe, scale } = speechScale({ features, bands });
      for await (const sound of sounds) observe(sound);
      return { ...scale(), ...sizes };
    },
    encode: (sound, spec) => scaled(featuresOf(sound, spec), spec),
    lengthOf: ({ shape }) => shape[0]!,
    framesOf: (length) => sizes.filters.reduce((frames) => Math.ceil(frames / 2), length),
    lengthBuckets: 4, // frames are many, and recurrence takes one after the other
    axes: speechAxes,
    collate: (sounds, shape, { bands: own }) => collateSpeech(sounds, shape, own),
    layer: (spec) => ({ layer: crnn(spec), inputShape: [100, spec.bands] }),
  };
}
