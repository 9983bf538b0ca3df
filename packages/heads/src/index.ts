export type { ClassWeights } from './class-weights.ts';
export {
  type Classification,
  type ClassifyOptions,
  type ClassifyParams,
  type ClassifySpec,
  type ClassifyTarget,
  classify,
} from './classify.ts';
export type { Head } from './head.ts';
