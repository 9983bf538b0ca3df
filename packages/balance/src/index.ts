export { type AlignedOptions, aligned } from './aggregation/aligned.ts';
export { type CagradOptions, cagrad } from './aggregation/cagrad.ts';
export { config } from './aggregation/config.ts';
export { dualProj } from './aggregation/dual-proj.ts';
export { fairgrad } from './aggregation/fairgrad.ts';
export { type GradnormOptions, type GradnormState, gradnorm, type TaskGradnorm } from './aggregation/gradnorm.ts';
export { type GradvacState, gradvac } from './aggregation/gradvac.ts';
export { imtlG } from './aggregation/imtl-g.ts';
export { type KrumOptions, krum } from './aggregation/krum.ts';
export {
  type MetabalanceOptions,
  type MetabalanceState,
  metabalance,
  type TaskMagnitude,
} from './aggregation/metabalance.ts';
export { type MgdaOptions, mgda } from './aggregation/mgda.ts';
export { nash } from './aggregation/nash.ts';
export { pcgrad } from './aggregation/pcgrad.ts';
export { upgrad } from './aggregation/upgrad.ts';
export type { Balancer, Statistics, Status, StepNeeds, Weighed } from './balancer.ts';
export { type EveryState, every } from './combinators/every.ts';
export { logTransformed } from './combinators/log-transformed.ts';
export { normalised } from './combinators/normalised.ts';
export { type SmoothedState, smoothed } from './combinators/smoothed.ts';
export { dirichlet } from './dirichlet.ts';
export type { AggregationState } from './gramian-weighting.ts';
export type { LossWeightingState } from './loss-weighting.ts';
export { needsNow } from './needs-now.ts';
export type { Preference } from './preference.ts';
export { type ConsistencyOptions, consistency } from './weighting/consistency.ts';
export { type CosmosOptions, cosmos } from './weighting/cosmos.ts';
export { type DtpOptions, type DtpState, dtp } from './weighting/dtp.ts';
export { type DwaOptions, type DwaState, dwa, type TaskHistory } from './weighting/dwa.ts';
export { type EqualState, equal } from './weighting/equal.ts';
export { type FamoOptions, type FamoState, famo, type TaskLogit } from './weighting/famo.ts';
export { type FixedState, fixed } from './weighting/fixed.ts';
export { gls } from './weighting/gls.ts';
export { type ImtlLOptions, type ImtlLState, imtlL, type TaskScale } from './weighting/imtl-l.ts';
export { type MeanState, mean } from './weighting/mean.ts';
export { type PbiOptions, pbi } from './weighting/pbi.ts';
export { type PriorOptions, prior } from './weighting/prior.ts';
export { type RlwState, rlw } from './weighting/rlw.ts';
export { scaleInvariant } from './weighting/scale-invariant.ts';
export { type StchOptions, stch } from './weighting/stch.ts';
export { type TchebycheffOptions, tchebycheff } from './weighting/tchebycheff.ts';
export {
  type LossKind,
  type TaskUncertainty,
  type UncertaintyOptions,
  type UncertaintyState,
  uncertainty,
} from './weighting/uncertainty.ts';
export { worst } from './weighting/worst.ts';
