export type { Balancer, Statistics, Status, StepNeeds } from './balancer.ts';
export { type EveryState, every } from './combinators/every.ts';
export { type SmoothedState, smoothed } from './combinators/smoothed.ts';
export { needsNow } from './needs-now.ts';
export { type EqualState, equal } from './weighting/equal.ts';
export { type FixedState, fixed } from './weighting/fixed.ts';
export {
  type LossKind,
  type TaskUncertainty,
  type UncertaintyOptions,
  type UncertaintyState,
  uncertainty,
} from './weighting/uncertainty.ts';
