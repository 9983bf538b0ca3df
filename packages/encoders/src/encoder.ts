import type { HostTensor, Key, Shape } from '@polytask/base';
import type { Layer, Levels, Sequence } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * The way from raw examples to a shared representation: functions on the host, and a layer.
 *
 * `Spec` is JSON and is saved with the run (vocabulary, sizes), so that prediction needs nothing else. It is fitted on training examples only.
 */
export interface Encoder<
  Raw,
  Spec,
  Encoded,
  Params,
  Inputs,
  Representation extends tf.Tensor | Sequence | Levels = tf.Tensor,
> {
  fit(examples: readonly Raw[], key: Key): Spec;
  /** The same spec from examples that come one by one and need not all be in memory. When left out, all are, for `fit`. */
  fitEach?(examples: AsyncIterable<Raw>, key: Key): Promise<Spec>;
  /** One example as numbers, still of its own length. */
  encode(raw: Raw, spec: Spec): Encoded;
  /** Many examples, each as `encode` gives it, where that is faster at once. */
  encodeAll?(raws: readonly Raw[], spec: Spec): Encoded[];
  /** The length by which examples are put into batches with others alike. */
  lengthOf(encoded: Encoded): number;
  /** How many steps of a sequence an example of this length becomes, where the layer gives sequences and makes fewer of them. */
  framesOf?(length: number): number;
  /** That of every example, where all have the same: none is encoded to learn it. */
  readonly length?: number;
  /**
   * Into how many lengths training batches are sorted unless the run says otherwise; 1 when left out. Batches of texts alike in length save padding, but
   * where the length tells something of the labels they are no fair sample: 1, no sorting, unless padding is dear.
   */
  readonly lengthBuckets?: number;
  /**
   * A batch of fixed shape: `size` rows of `width` items. Rows beyond the examples and items beyond an example's length are padding,
   * which the layer ignores.
   */
  collate(
    examples: readonly Encoded[],
    shape: { readonly size: number; readonly width: number },
    spec: Spec,
  ): HostInputs<Inputs>;
  /**
   * Names of the leading axes of the inputs that may have any size, such as `['batch', 'length']`: prediction then compiles once for all
   * batches and lengths, on devices that can. When left out, every size is compiled on its own.
   */
  readonly axes?: readonly (string | null)[];
  /** Gives a representation: [batch, features], a sequence of [batch, time, features], or levels. */
  layer(spec: Spec): { readonly layer: Layer<Params, Inputs, Representation>; readonly inputShape: Shape };
  /** Where the representation is levels: the channels of each. */
  levels?(spec: Spec): readonly number[];
}

/** The same record with host tensors. */
export type HostInputs<Inputs> = { readonly [Name in keyof Inputs]: HostTensor };
