import type { MajorityScores, Scores, TaskScores } from '@polytask/run';
import type { Paint } from '../terminal.ts';
import { decimal, grouped } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';

export type ScoreRows = {
  readonly tasks: Scores;
  readonly majority?: MajorityScores | null | undefined;
  /** One model for each task alone. */
  readonly single?: Scores | undefined;
};

/** Scores of every task, below each what simpler models reach. */
export function scoreTable({ tasks, majority, single }: ScoreRows, paint: Paint): string[] {
  const names = metricNames(tasks);
  const columns: Column[] = [
    { title: 'task' },
    { title: 'model' },
    { title: 'labels', align: 'right' },
    ...names.map((title): Column => ({ title, align: 'right' })),
    { title: 'loss', align: 'right' },
  ];
  const metricCells = (metrics: TaskScores['metrics']) =>
    names.map((name) => (name in metrics ? decimal(metrics[name]) : ''));
  const rows = Object.entries(tasks).flatMap(([task, { labels, metrics, loss }]) => [
    [task, 'multi-task', grouped(labels), ...metricCells(metrics), decimal(loss)],
    ...(single?.[task]
      ? [['', 'single-task', '', ...metricCells(single[task].metrics), decimal(single[task].loss)]]
      : []),
    ...(majority?.[task]
      ? [['', `always ${shorten(majority[task].label)}`, '', ...metricCells(majority[task].metrics), '']]
      : []),
  ]);
  return table(columns, rows, { head: (line) => paint('dim', line) });
}

/** The metrics of all tasks, each once, in the order of the run file. */
export const metricNames = (tasks: Scores): string[] => [
  ...new Set(Object.values(tasks).flatMap(({ metrics }) => Object.keys(metrics))),
];

const shorten = (label: string): string => (label.length > 20 ? `${label.slice(0, 19)}…` : label);
