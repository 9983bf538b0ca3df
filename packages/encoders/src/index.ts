export type { Encoder, HostInputs } from './encoder.ts';
export { type BagTowerOptions, type BagTowerParams, bagTower } from './text/bag-tower.ts';
export { type NgramOptions, type NgramSpec, ngramEncoder, type TokenInputs } from './text/ngrams.ts';
