import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, productOf } from './kernel-gradient.ts';
import { sumTo } from './sum-to.ts';

/* Operations of two tensors, each gradient summed over the axes along which its tensor was broadcast. */

type Slope = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const emptyAxis = 'refused where an axis of length 1 is broadcast to length 0';
const anyBroadcast = 'refused where an argument is broadcast';

function binary(kernelName: string, fault: string, slopeA: Slope, slopeB: Slope, names = ['a', 'b']): KernelGradient {
  return kernelGradient(kernelName, fault, { inputs: names }, (dy, [a, b]) => ({
    [names[0]!]: () => sumTo(slopeA(dy, a!, b!), a!.shape),
    [names[1]!]: () => sumTo(slopeB(dy, a!, b!), b!.shape),
  }));
}

const float = (x: tf.Tensor) => tf.cast(x, 'float32');
const where = (condition: tf.Tensor, dy: tf.Tensor) => tf.where(condition, dy, tf.zerosLike(dy));
const difference: Slope = (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(float(a), float(b)), 2));

/** x ↦ x tiled `reps` times: sums over the copies, the axes of length 1 all at once. */
function untiled(dy: tf.Tensor, shape: readonly number[], reps: readonly number[]): tf.Tensor {
  const single = shape.flatMap((size, axis) => (size === 1 && reps[axis] !== 1 ? [axis] : []));
  let sum = single.length > 0 ? tf.sum(dy, single, true) : dy;
  for (const [axis, size] of shape.entries()) {
    if (size === 1 || reps[axis] === 1) continue;
    const rest = sum.shape.slice(axis + 1);
    const before = sum.shape.slice(0, axis);
    const copies = tf.reshape(sum, [productOf(before), reps[axis]!, size, productOf(rest)]);
    sum = tf.reshape(tf.sum(copies, 1), [...before, size, ...rest]);
  }
  return sum;
}

export const broadcastGradients: readonly KernelGradient[] = [
  binary(
    tf.Add,
    emptyAxis,
    (dy) => dy,
    (dy) => dy,
  ),
  // summed first: what changes its sign is then a small tensor
  kernelGradient(tf.Sub, emptyAxis, { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => sumTo(dy, a!.shape),
    b: () => tf.neg(sumTo(dy, b!.shape)),
  })),
  binary(
    tf.Multiply,
    emptyAxis,
    (dy, _, b) => tf.mul(dy, float(b)),
    (dy, a) => tf.mul(dy, float(a)),
  ),
  kernelGradient(tf.RealDiv, emptyAxis, { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => sumTo(tf.div(dy, float(b!)), a!.shape),
    // summed first: the divisor is then a small tensor
    b: () => tf.neg(tf.div(sumTo(tf.mul(dy, float(a!)), b!.shape), tf.square(float(b!)))),
  })),
  binary(
    tf.Mod,
    emptyAxis,
    (dy) => dy,
    (dy, a, b) => tf.mul(dy, tf.neg(tf.floor(tf.div(a, b)))),
  ),
  binary(
    tf.Atan2,
    emptyAxis,
    (dy, a, b) => tf.mul(dy, tf.div(b, tf.add(tf.square(a), tf.square(b)))),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.add(tf.square(a), tf.square(b))))),
  ),
  binary(tf.SquaredDifference, anyBroadcast, difference, (dy, a, b) => difference(dy, b, a)),
  // of equal numbers, `a` is the one that is passed on
  binary(
    tf.Maximum,
    anyBroadcast,
    (dy, a, b) => where(tf.greaterEqual(a, b), dy),
    (dy, a, b) => where(tf.less(a, b), dy),
  ),
  binary(
    tf.Minimum,
    anyBroadcast,
    (dy, a, b) => where(tf.lessEqual(a, b), dy),
    (dy, a, b) => where(tf.greater(a, b), dy),
  ),
  binary(
    tf.Pow,
    'not a number at a⁰ and 0ᵇ',
    // b·aᵇ⁻¹, and 0 for b = 0, whatever a
    (dy, a, b) => {
      const power = tf.where(tf.equal(b, 0), tf.onesLike(float(b)), float(b));
      return tf.mul(dy, tf.mul(float(b), tf.pow(float(a), tf.sub(power, 1))));
    },
    // aᵇ·ln a, and 0 for a ≤ 0, where the logarithm is none
    (dy, a, b) => {
      const isPositive = tf.greater(a, 0);
      const base = tf.where(isPositive, float(a), tf.onesLike(float(a)));
      return tf.mul(dy, tf.mul(tf.pow(base, float(b)), tf.log(base)));
    },
  ),
  binary(
    tf.Prelu,
    emptyAxis,
    (dy, x, alpha) => tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha)),
    (dy, x) => tf.where(tf.greater(x, 0), tf.zerosLike(dy), tf.mul(dy, x)),
    ['x', 'alpha'],
  ),
  kernelGradient(
    tf.Select,
    'not a number where the upstream gradient is infinite',
    { inputs: ['condition'] },
    (dy, [condition]) => ({
      condition: () => tf.zeros(condition!.shape),
      t: () => where(condition!, dy),
      e: () => where(tf.logicalNot(condition!), dy),
    }),
  ),
  kernelGradient<{ reps: number[] }>(
    tf.Tile,
    'refused for a rank above 4; one operation for every copy',
    { inputs: ['x'] },
    (dy, [x], { reps }) => ({ x: () => untiled(dy, x!.shape, reps) }),
  ),
  kernelGradient<{ inputShape?: number[] }>(
    tf.BroadcastTo,
    'refused where the rank grows',
    { inputs: ['x'] },
    (dy, [x]) => ({
      x: () => sumTo(dy, x!.shape),
    }),
  ),
  kernelGradient<{ varianceEpsilon: number }>(
    tf.FusedBatchNorm,
    'refused where statistics of rank 4 are broadcast',
    { inputs: ['x', 'mean', 'variance', 'scale'] },
    (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
      const inverse = () => tf.rsqrt(tf.add(variance!, varianceEpsilon));
      const centred = () => tf.sub(x!, mean!);
      const slope = () => tf.mul(inverse(), scale!);
      const isSame = [variance!, scale!].every(({ shape }) => tf.util.arraysEqual(shape, mean!.shape));
      return {
        x: () => tf.mul(dy, slope()),
        // where slopes are the same in all that is summed, they wait until it is
        mean: () => tf.neg(isSame ? tf.mul(sumTo(dy, mean!.shape), slope()) : sumTo(tf.mul(dy, slope()), mean!.shape)),
        variance: () => {
          const cubed = tf.mul(tf.mul(inverse(), inverse()), slope());
          return tf.mul(sumTo(tf.mul(dy, centred()), variance!.shape), tf.mul(cubed, -0.5));
        },
        scale: () => tf.mul(sumTo(tf.mul(dy, centred()), scale!.shape), inverse()),
        offset: () => sumTo(dy, mean!.shape),
      };
    },
  ),
];
