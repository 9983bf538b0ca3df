export { finiteDifferences, type GradientDifference, type TensorsOf, toTensors } from './finite-differences.ts';
export { type Draws, draws } from './gradient-cases/draws.ts';
export type { GradientCase, GradientSample } from './gradient-cases/gradient-case.ts';
export { checkedKernels, curvatureDifference, gradientCases, gradientDifference } from './gradient-cases.ts';
