import type { RunComparison } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { counted, decimal, grouped } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';

const right = (title: string): Column => ({ title, align: 'right' });

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** One row per method. */
export function reportComparison(comparison: RunComparison, terminal: Terminal): void {
  if (terminal.json) {
    terminal.emit(comparison);
    return;
  }
  const { methods, seeds, trials, judgedOn, tunedWeights, findings } = comparison;
  const tasks = Object.entries(methods[0]!.tasks);
  const rows = methods.map(
    ({ method, tasks: scores, learningRates, gain, interval, meanRank, chance, seconds, parameters }) => [
      method,
      ...tasks.map(([task]) => {
        const { mean, deviation } = scores[task]!;
        return `${decimal(mean)} ± ${decimal(deviation)}`;
      }),
      gain === null ? '' : `${signed(gain)} %`,
      interval === null ? '' : `${signed(interval.low)} to ${signed(interval.high)}`,
      meanRank.toFixed(2),
      chance === null ? '' : chance.toFixed(3),
      [...new Set(learningRates)].map((rate) => Number(rate.toPrecision(2))).join(', '),
      `${seconds.toFixed(1)} s`,
      grouped(Math.round(parameters)),
    ],
  );
  const { paint } = terminal;
  const columns = [
    { title: 'method' },
    ...tasks.map(([task, { metric }]) => right(`${task} ${metric}`)),
    right('gain'),
    right('95 % interval'),
    right('mean rank'),
    right('by chance'),
    right('learning rate'),
    right('time'),
    right('parameters'),
  ];
  const weights = Object.entries(tunedWeights).map(([task, weight]) => `${task} ${weight.toFixed(2)}`);
  terminal.print(
    ...table(columns, rows, { head: (line) => paint('dim', line) }),
    '',
    `On the ${judgedOn} part, ${counted(seeds.length, 'seed')}: mean ± standard deviation. gain: mean over tasks against single-task models, higher is better.`,
    `Each method was tuned with ${counted(trials, 'training')} on the first seed, by its validation score.`,
    `by chance: how probable so large a difference to the tuned weights is. Tuned weights: ${weights.join(', ')}.`,
    ...findings,
  );
}
