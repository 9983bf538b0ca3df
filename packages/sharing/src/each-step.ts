import type { Layer } from '@polytask/core';
import { changed, type Features } from './parts.ts';

/**
 * A layer on tensors for towers, experts and stages of any representation: on the values of a sequence, whose lengths are kept, and on tensors as it is.
 *
 * For layers that treat each step alone, such as `dense`, `layerNorm`, `dropout` and `activation`: no step sees the padding.
 *
 * @example
 * const tower = eachStep(dense({ units: 64, activation: 'relu' })); // vectors, maps [height, width, …] and sequences [time, …]
 */
export const eachStep = <Params>(layer: Layer<Params>): Layer<Params, Features, Features> => ({
  init: layer.init,
  apply: (params, value, context) => changed(value, 'eachStep', (x) => layer.apply(params, x, context)),
});
