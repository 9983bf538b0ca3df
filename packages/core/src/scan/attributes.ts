import type * as tf from '@tensorflow/tfjs-core';

/** What the gradient needs from the forward pass: its intermediate results stored, or computed again from the carries. */
export type ScanGradient = 'store' | 'rematerialise';

/**
 * How a scan is asked of a backend that records loops instead of running them: the attributes of its kernels `Scan` and `ScanGradient`.
 *
 * `Scan` has the inputs carries, xs, constants and the outputs last carries, ys. `ScanGradient` has the inputs of `Scan` and then one
 * upstream gradient for each of its outputs; its outputs are the gradients of the float32 inputs of `Scan`, in their order.
 */
export type ScanAttributes = {
  /** How many of the inputs are carries. */
  readonly carries: number;
  /** How many inputs after them have a time axis. */
  readonly xs: number;
  /** How many inputs after those are the same in each step. */
  readonly constants: number;
  /** Whether the last step comes first. */
  readonly reverse: boolean;
  readonly gradient: ScanGradient;
  /** One step: carries, entries of xs, constants → next carries, entries of ys. */
  readonly step: (inputs: readonly tf.Tensor[]) => tf.Tensor[];
  /** The gradients of one step's inputs from those of its results; `null` where no float32 result depends on an input. */
  readonly pullback: (
    inputs: readonly tf.Tensor[],
    upstream: readonly (tf.Tensor | undefined)[],
  ) => (tf.Tensor | null)[];
};
