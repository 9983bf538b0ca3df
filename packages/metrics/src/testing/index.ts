export { describeMetricLaws, type MetricLawOptions } from './metric-laws.ts';
