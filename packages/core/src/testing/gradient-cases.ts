import { type HostTensor, type Key, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { gradients } from '../gradients.ts';
import { finiteDifferences, type GradientDifference, toTensors } from './finite-differences.ts';
import { broadcastCases } from './gradient-cases/broadcast.ts';
import { elementwiseCases } from './gradient-cases/elementwise.ts';
import type { GradientCase, GradientSample } from './gradient-cases/gradient-case.ts';
import { imageCases } from './gradient-cases/images.ts';
import { indexingCases } from './gradient-cases/indexing.ts';
import { linearCases } from './gradient-cases/linear.ts';
import { reduceCases } from './gradient-cases/reduce.ts';
import { shapeCases } from './gradient-cases/shape.ts';
import { windowCases } from './gradient-cases/windows.ts';

/** For every differentiable tfjs kernel, how inputs are drawn at which its gradient is compared with finite differences. */
export const gradientCases: readonly GradientCase[] = [
  ...broadcastCases,
  ...elementwiseCases,
  ...imageCases,
  ...indexingCases,
  ...linearCases,
  ...reduceCases,
  ...shapeCases,
  ...windowCases,
];

/** The tfjs kernels whose gradients are checked. */
export const checkedKernels: ReadonlySet<string> = new Set(gradientCases.map(({ kernel }) => kernel));

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** Σ over the outputs of weights · output: another upstream gradient for each entry, of either sign and not small. */
function objective({ fixed = {}, evaluate }: GradientSample, weights: Key): (inputs: Tensors) => tf.Tensor {
  return (inputs) => {
    const outputs = [evaluate({ ...inputs, ...toTensors(fixed as Record<string, HostTensor>) })].flat();
    return outputs
      .filter(({ dtype }) => dtype === 'float32')
      .map((output) => tf.sum(tf.mul(output, weighing(weights, output.shape, output.size))))
      .reduce((sum, part) => tf.add(sum, part), tf.scalar(0));
  };
}

const weighing = (source: Key, shape: number[], count: number) =>
  tf.tensor(
    uniform(source, count).map((value) => (value < 0.5 ? value - 1.2 : value + 0.2)),
    shape,
  );

/** How far the gradient at a sample is from finite differences. */
export const gradientDifference = (sample: GradientSample, weights: Key): GradientDifference =>
  finiteDifferences(objective(sample, weights), sample.inputs);

/** How far the gradient of the weighted sum of the gradients is from finite differences. */
export const curvatureDifference = (sample: GradientSample, weights: Key): GradientDifference =>
  finiteDifferences((inputs) => {
    const value = objective(sample, weights);
    const found = gradients(() => value(inputs as Tensors), inputs as Record<string, tf.Tensor>).gradients;
    return Object.values(found)
      .filter((gradient) => gradient !== null)
      .map((gradient) => tf.sum(tf.mul(gradient, weighing(weights, gradient.shape, gradient.size))))
      .reduce((sum, part) => tf.add(sum, part), tf.scalar(0));
  }, sample.inputs);
