import { fold } from '@polytask/base';
import {
  type BidirectionalParams,
  bidirectional,
  type Conv2dParams,
  conv2d,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type GruParams,
  gru,
  heNormal,
  type Layer,
  type LstmParams,
  lengthMask,
  lstm,
  named,
  type Sequence,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { SpeechInputs } from './speech-inputs.ts';

export type CrnnLayerOptions = {
  /** Filters of each convolution; each halves time and bands. */
  readonly filters: readonly number[];
  /** Units of the dense layer between convolutions and recurrence. */
  readonly units: number;
  readonly cell: 'gru' | 'lstm';
  /** Recurrent layers, each in both directions. */
  readonly layers: number;
  /** Units of each direction. */
  readonly width: number;
  readonly dropout: number;
};

export type CrnnParams = {
  readonly convolutions: readonly Conv2dParams[];
  readonly dense: DenseParams;
  readonly recurrent: readonly BidirectionalParams<GruParams | LstmParams>[];
};

/**
 * Convolutions that halve time and bands, a dense layer per frame, and recurrent layers in both directions.
 *
 * { frames [batch, time, bands], lengths [batch] } → sequence of [batch, ⌈time / 2ⁿ⌉, 2·width] with n convolutions. Frames in the padding are 0 before
 * every layer: they have no part in any value.
 *
 * @throws RangeError for sizes that are no positive integers.
 *
 * Amodei et al., "Deep Speech 2", ICML 2016.
 */
export function crnn({
  filters,
  units,
  cell,
  layers,
  width,
  dropout,
}: CrnnLayerOptions): Layer<CrnnParams, SpeechInputs, Sequence> {
  if (cell !== 'gru' && cell !== 'lstm') throw new RangeError(`cell: expected "gru" or "lstm". Found ${cell}.`);
  if (!(Number.isInteger(layers) && layers > 0))
    throw new RangeError(`layers: expected a positive integer. Found ${layers}.`);
  const convolutions = filters.map((count) => conv2d({ filters: count, stride: 2 }));
  const perFrame = dense({ units, activation: 'relu', init: heNormal });
  const directions = Array.from(
    { length: layers },
    () =>
      (cell === 'gru' ? bidirectional(gru, { units: width }) : bidirectional(lstm, { units: width })) as Layer<
        BidirectionalParams<GruParams | LstmParams>,
        Sequence,
        Sequence
      >,
  );
  const drop = dropoutLayer({ rate: dropout });
  return {
    init(key, [time, bands]) {
      let shape: readonly number[] = [time!, bands!, 1];
      const made = convolutions.map((layer, at) => {
        const { params, outputShape } = layer.init(fold(key, `convolution ${at}`), shape);
        shape = outputShape;
        return params;
      });
      const [steps, rows, channels] = shape as readonly [number, number, number];
      const projected = perFrame.init(fold(key, 'dense'), [steps, rows * channels]);
      let [own, last] = [projected.outputShape, 0];
      const recurrent = directions.map((layer) => {
        const { params, outputShape } = layer.init(fold(key, `recurrent ${last++}`), own);
        own = outputShape;
        return params;
      });
      return { params: { convolutions: made, dense: projected.params, recurrent }, outputShape: own };
    },
    apply(params, { frames, lengths }, context) {
      let x = tf.expandDims(frames, 3); // [batch, time, bands, 1]
      let counts = lengths;
      for (const [at, layer] of convolutions.entries()) {
        x = named(`convolutions.${at}`, () => {
          counts = halved(counts);
          const y = tf.relu(layer.apply(params.convolutions[at]!, x, context));
          const [batch, time] = y.shape as [number, number];
          return tf.mul(y, tf.reshape(lengthMask(counts, time), [batch, time, 1, 1]));
        });
      }
      const [batch, time, bands, channels] = x.shape as [number, number, number, number];
      const values = named('dense', () =>
        perFrame.apply(params.dense, tf.reshape(x, [batch, time, bands * channels]), context),
      );
      return directions.reduce(
        (sequence, layer, at) => {
          const part = within(context, `recurrent ${at}`);
          const dropped = { values: drop.apply({}, sequence.values, part), lengths: sequence.lengths };
          return named(`recurrent.${at}`, () => layer.apply(params.recurrent[at]!, dropped, part));
        },
        { values, lengths: counts } as Sequence,
      );
    },
  };
}

/** ⌈n / 2⌉: a filter of 3 at stride 2 with one zero before the first frame. */
const halved = (lengths: tf.Tensor): tf.Tensor =>
  tf.cast(tf.floor(tf.div(tf.add(tf.cast(lengths, 'float32'), 1), 2)), 'int32');
