export { type BalancerLawOptions, describeBalancerLaws } from './balancer-laws.ts';
