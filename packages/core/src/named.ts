import * as tf from '@tensorflow/tfjs-core';

/** What a backend that records programs is told through its kernel `Place`: where the calls made in `body` stand. */
export type PlaceAttributes = {
  /** A part of the layer that is recorded now. */
  readonly name?: string;
  /** Results whose gradient `body` computes: its calls stand where those were made. */
  readonly gradientOf?: readonly tf.Tensor[];
  /** Whether results are computed, or gradients. */
  readonly pass?: 'forward' | 'backward';
  readonly body: () => void;
};

/**
 * Runs `body` as the part `name` of a layer: what it computes, and the gradients of that, carry the layer's path in profiles, in errors and
 * in the names of a compiled program's operations: `encoder/blocks.0/attention`. Elsewhere it only runs `body`.
 *
 * Containers such as `sequential` and `defineModel` name their parts; a layer made by hand may name its own.
 *
 * @param name of the part, as its parameters are called.
 */
export const named = <Result>(name: string, body: () => Result): Result => inPlace({ name }, body);

/** Tells a backend that records where the calls made in `body` stand. */
export function inPlace<Result>(place: Omit<PlaceAttributes, 'body'>, body: () => Result): Result {
  const kernel = tf.getKernel('Place', tf.getBackend());
  if (!kernel) return body();
  let result: Result | undefined;
  const attributes: PlaceAttributes = {
    ...place,
    body() {
      result = body();
    },
  };
  // not through tfjs's engine, whose tape would not see the calls inside
  kernel.kernelFunc({ inputs: {}, backend: tf.backend(), attrs: attributes as never });
  return result as Result;
}

/** Whether someone records where calls stand. */
export const recordsPlaces = (): boolean => tf.getKernel('Place', tf.getBackend()) !== undefined;
