export type { Encoder, HostInputs } from './encoder.ts';
export { type BagTowerOptions, type BagTowerParams, bagTower } from './text/bag-tower.ts';
export { type NgramOptions, type NgramSpec, ngramEncoder } from './text/ngrams.ts';
export type { TokenInputs } from './text/token-inputs.ts';
export { type TransformerOptions, type TransformerSpec, transformerEncoder } from './text/transformer.ts';
export {
  type TransformerBlockParams,
  type TransformerLayerOptions,
  type TransformerParams,
  transformer,
} from './text/transformer-layer.ts';
