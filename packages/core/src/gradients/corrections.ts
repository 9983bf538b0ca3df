import * as tf from '@tensorflow/tfjs-core';
import '../tfjs-gradients.generated.js';
import { broadcastGradients } from './broadcast.ts';
import { convolutionGradients } from './convolution.ts';
import { cumulativeGradients } from './cumulative.ts';
import { einsumGradients } from './einsum.ts';
import { elementwiseGradients } from './elementwise.ts';
import { imageGradients } from './images.ts';
import { indexingGradients } from './indexing.ts';
import type { KernelGradient } from './kernel-gradient.ts';
import { matmulGradients } from './matmul.ts';
import { piecewiseConstantGradients } from './piecewise-constant.ts';
import { poolingGradients } from './pooling.ts';
import { reductionGradients } from './reduce.ts';
import { sliceGradients } from './slices.ts';

/** The gradients that tfjs-core 4.22 has not, or has wrong. They are registered in its place. */
export const corrections: readonly KernelGradient[] = [
  ...broadcastGradients,
  ...convolutionGradients,
  ...cumulativeGradients,
  ...einsumGradients,
  ...elementwiseGradients,
  ...imageGradients,
  ...indexingGradients,
  ...matmulGradients,
  ...piecewiseConstantGradients,
  ...poolingGradients,
  ...reductionGradients,
  ...sliceGradients,
];

for (const correction of corrections) {
  // tfjs warns of a second registration in its debug mode
  if (tf.getGradient(correction.kernelName)) tf.unregisterGradient(correction.kernelName);
  tf.registerGradient(correction);
}
