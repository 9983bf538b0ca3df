import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `body` as if no gradient were being taken, so that it can take gradients of its own: tfjs has one tape, which is closed inside
 * kernels and cannot be taken up again while gradients flow back.
 */
export function offTape<Result>(body: () => Result): Result {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    return body();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}
