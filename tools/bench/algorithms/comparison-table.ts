import type { RunComparison } from '@polytask/run';
import { grouped, markdownTable, signed } from './markdown.ts';

/** The table of a comparison, one row per method, and its findings. */
export function comparisonTable({ methods, trials, tunedWeights, findings }: RunComparison): string[] {
  const tasks = Object.keys(methods[0]!.tasks);
  const rows = methods.map((row) => [
    row.method,
    ...tasks.map((task) => `${row.tasks[task]!.mean.toFixed(4)} ± ${row.tasks[task]!.deviation.toFixed(4)}`),
    row.gain === null ? '' : `${signed(row.gain, 2)} %`,
    row.interval === null ? '' : `${signed(row.interval.low, 2)} to ${signed(row.interval.high, 2)}`,
    row.meanRank.toFixed(2),
    row.chance === null ? '' : row.chance.toFixed(3),
    [...new Set(row.learningRates)].map((rate) => Number(rate.toPrecision(2))).join(', '),
    `${row.seconds.toFixed(1)} s`,
    grouped(row.parameters),
  ]);
  const head = [
    'method',
    ...tasks.map((task) => `${task} ${methods[0]!.tasks[task]!.metric}`),
    'Δp',
    '95 % interval',
    'mean rank',
    'by chance',
    'learning rate',
    'training',
    'parameters',
  ];
  const weights = Object.entries(tunedWeights).map(([task, weight]) => `${task} ${weight.toFixed(2)}`);
  return [
    ...markdownTable(head, rows),
    '',
    `Each row was tuned with ${trials} trainings. Tuned weights: ${weights.join(', ')}.`,
    '',
    ...findings.map((finding) => `- ${finding}`),
  ];
}
