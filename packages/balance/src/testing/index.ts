export { type AggregatorProperties, describeAggregatorProperties } from './aggregator-properties.ts';
export { type BalancerLawOptions, describeBalancerLaws } from './balancer-laws.ts';
export { aggregate, directionOf, gramianOf, type Jacobian, lengthOf, sizeOf } from './jacobian.ts';
export { type MatrixSamples, matrixSamples } from './matrices.ts';
