export { type GradientsOf, gradients, type TensorTree } from './gradients.ts';
export { type Context, context, type Host, type Layer, type Recorder, type Sequence, type Tensors, within } from './layer.ts';
export {
  type AnyTask,
  defineModel,
  type Model,
  type ModelParams,
  type OutputsOf,
  type TargetsOf,
  type Task,
} from './model.ts';
export type { Summed } from './loss.ts';
export { type Random, random } from './random.ts';
