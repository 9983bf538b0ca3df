import * as tf from '@tensorflow/tfjs-core';
import { axesOf, type KernelGradient, kernelGradient, productOf } from './kernel-gradient.ts';

type Cumulative = { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };

/** The entries one place on along axis 1 of [before, length, after], and `end` at the end. */
function next(x: tf.Tensor, places: number, end: number): tf.Tensor {
  const [before, length, after] = x.shape as [number, number, number];
  const count = Math.min(places, length);
  const rest = tf.slice(x, [0, count, 0], [before, length - count, after]);
  return tf.pad(
    rest,
    [
      [0, 0],
      [0, count],
      [0, 0],
    ],
    end,
  );
}

/** sₖ = bₖ + aₖ·sₖ₊₁ along axis 1, in ⌈log₂ length⌉ steps of pairwise composition. */
function linearRecurrence(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  let [slopes, sums] = [a, b];
  for (let places = 1; places < a.shape[1]!; places *= 2) {
    sums = tf.add(sums, tf.mul(slopes, next(sums, places, 0)));
    slopes = tf.mul(slopes, next(slopes, places, 1));
  }
  return sums;
}

/**
 * ∂L/∂xₖ = Πⱼ₍ⱼ﹤ₖ₎ xⱼ · sₖ with sₖ = dyₖ + xₖ₊₁·sₖ₊₁, or dyₖ₊₁ in the exclusive product: no division, so zeros in x are no exception.
 */
function cumprodGradient(dy: tf.Tensor, x: tf.Tensor, { axis, exclusive, reverse }: Cumulative): tf.Tensor {
  const at = axesOf(axis, x.shape)[0]!;
  const flat = [productOf(x.shape.slice(0, at)), x.shape[at]!, productOf(x.shape.slice(at + 1))];
  const forwards = (tensor: tf.Tensor) => {
    const shaped = tf.reshape(tensor, flat);
    return reverse ? tf.reverse(shaped, 1) : shaped;
  };
  const [values, upstream] = [forwards(x), forwards(dy)];
  const sums = linearRecurrence(next(values, 1, 0), exclusive ? next(upstream, 1, 0) : upstream);
  const found = tf.mul(tf.cumprod(values, 1, true), sums);
  return tf.reshape(reverse ? tf.reverse(found, 1) : found, x.shape);
}

/** ∂Πx/∂xₖ = Πⱼ₍ⱼ≠ₖ₎ xⱼ, the product of what stands before and what stands after it. */
function prodGradient(dy: tf.Tensor, x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const order = [...kept, ...axes];
  const sizes = order.map((axis) => x.shape[axis]!);
  const rows = productOf(sizes.slice(0, kept.length));
  const factors = tf.reshape(tf.transpose(x, order), [rows, productOf(sizes.slice(kept.length))]);
  const others = tf.mul(tf.cumprod(factors, 1, true), tf.cumprod(factors, 1, true, true));
  const found = tf.mul(tf.reshape(dy, [rows, 1]), others);
  const back = order.map((_, axis) => order.indexOf(axis));
  return tf.transpose(tf.reshape(found, sizes), back);
}

export const cumulativeGradients: readonly KernelGradient[] = [
  kernelGradient<Cumulative>(
    tf.Cumsum,
    'wrong, or refused, unless the axis is the last one',
    {},
    (dy, _, { axis, exclusive, reverse }) => ({ x: () => tf.cumsum(dy, axis, exclusive, !reverse) }),
  ),
  kernelGradient<Cumulative>(tf.Cumprod, 'none', { inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => cumprodGradient(dy, x!, attributes),
  })),
  kernelGradient<{ axis: number | number[] }>(
    tf.Prod,
    'needs methods of tensors that tfjs-core alone does not register',
    { inputs: ['x'] },
    (dy, [x], { axis }) => ({ x: () => prodGradient(dy, x!, axesOf(axis, x!.shape)) }),
  ),
];
