import * as tf from '@tensorflow/tfjs-core';

/** The gradient of one tfjs kernel, and what tfjs-core itself has in its place. */
export type KernelGradient = tf.GradConfig & {
  /** What is missing or wrong in tfjs-core. */
  readonly fault: string;
};

type Saves = {
  /** Names of inputs that the gradient uses, in the order in which it gets them. */
  readonly inputs?: readonly string[];
  /** Use all inputs of a kernel that takes a list. */
  readonly allInputs?: boolean;
  /** Which outputs the gradient uses; they follow the inputs. */
  readonly outputs?: readonly boolean[];
};

type Derivatives = Readonly<Record<string, () => tf.Tensor>>;

/**
 * Describes the gradient of a kernel.
 *
 * @param derivatives from the upstream gradient, what was saved and the kernel's attributes to ∂L/∂input by input name.
 */
export function kernelGradient<Attributes = unknown>(
  kernelName: string,
  fault: string,
  { inputs, allInputs, outputs }: Saves,
  derivatives: (dy: tf.Tensor, saved: readonly tf.Tensor[], attributes: Attributes) => Derivatives,
): KernelGradient {
  return {
    kernelName,
    fault,
    ...(inputs ? { inputsToSave: [...inputs] } : {}),
    ...(allInputs ? { saveAllInputs: true } : {}),
    ...(outputs ? { outputsToSave: [...outputs] } : {}),
    gradFunc: (dy, saved, attributes) => derivatives(dy as tf.Tensor, saved, attributes as Attributes),
  };
}

/** The gradient of a kernel with several outputs; a single one is a list too. */
export const listOf = (dy: tf.Tensor | readonly tf.Tensor[]): tf.Tensor[] => (dy instanceof tf.Tensor ? [dy] : [...dy]);

/** Calls a kernel for which tfjs-core exports no operation. */
export const runKernel = (name: string, inputs: Record<string, tf.Tensor>, attributes: object = {}): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;

/** Zeros of a gradient's type: also for an integer input, whose gradient nobody uses. */
export const noGradient = ({ shape }: tf.Tensor) => tf.zeros(shape, 'float32');

/** Non-negative axes. */
export const axesOf = (axis: number | readonly number[] | null | undefined, shape: readonly number[]): number[] =>
  tf.util.parseAxisParam(axis as number[], [...shape]);

export const productOf = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
