import type { HostTensor } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.ts';

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** A point, and a function there. */
export type GradientSample = {
  /** What is differentiated: float32. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Indices, masks and other inputs that are not. */
  readonly fixed?: Readonly<Record<string, HostTensor>>;
  /** The tfjs expression that calls the kernel; of its outputs the float32 ones are checked. */
  evaluate(tensors: Tensors): tf.Tensor | readonly tf.Tensor[];
};

/** How inputs are drawn at which the gradient of a kernel can be compared with finite differences. */
export type GradientCase = {
  readonly kernel: string;
  /** What is particular: broadcast axes, a mode. */
  readonly title: string;
  /** Whether the second derivative is there too. */
  readonly smooth: boolean;
  draw(random: Draws): GradientSample;
};

export const gradientCase = (
  kernel: string,
  title: string,
  draw: (random: Draws) => GradientSample,
  { smooth = false }: { readonly smooth?: boolean } = {},
): GradientCase => ({ kernel, title, smooth, draw });

export const smoothly = { smooth: true };
