export { finiteDifferences, type GradientDifference, type TensorsOf, toTensors } from './finite-differences.ts';
