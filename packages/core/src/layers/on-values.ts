import type { Layer, Sequence } from '../layer.ts';

/**
 * A layer on tensors as a layer on sequences: applied to `values` [batch, time, …], with the lengths kept.
 *
 * For layers that treat each step alone: dense, layerNorm, embedding, dropout, activation.
 */
export function onValues<Params>(layer: Layer<Params>): Layer<Params, Sequence, Sequence> {
  return {
    init: layer.init,
    apply: (params, { values, lengths }, context) => ({ values: layer.apply(params, values, context), lengths }),
  };
}
