import { expect, it } from 'vitest';
import { costTable } from './cost-table.ts';
import { jsonMajority, jsonScores } from './json-scores.ts';
import { scoreTable } from './score-table.ts';

const plain = (_: string, text: string) => text;
const tasks = {
  topic: { loss: 0.51234, labels: 118, metrics: { accuracy: 0.8472, macroF1: 0.845 } },
  mood: { loss: null, labels: 0, metrics: { accuracy: null } },
};
const majority = { topic: { label: 'sports', metrics: { accuracy: 0.2034, macroF1: 0.0678 } } };

it('shows every task beside what simpler models reach', () => {
  const single = { topic: { loss: 0.6, labels: 118, metrics: { accuracy: 0.8, macroF1: 0.79 } } };
  expect(scoreTable({ tasks, majority, single }, plain)).toEqual([
    'task   model          labels  accuracy  macroF1   loss',
    'topic  multi-task        118     0.847    0.845  0.512',
    '       single-task               0.800    0.790  0.600',
    '       always sports             0.203    0.068',
    'mood   multi-task          0         –               –',
  ]);
});

it('gives programs the metrics of a task and nothing else beside each other', () => {
  expect(jsonScores(tasks)).toEqual({
    tasks: { topic: { accuracy: 0.8472, macroF1: 0.845 }, mood: { accuracy: null } },
    losses: { topic: 0.51234, mood: null },
    labels: { topic: 118, mood: 0 },
  });
  expect(jsonMajority(majority)).toEqual({ topic: { accuracy: 0.2034, macroF1: 0.0678 } });
});

it('compares the cost of one model with that of one per task', () => {
  const cost = (seconds: number) => ({ seconds, steps: 90, parameters: 1_000_000, peakMemory: 2 ** 28 });
  const score = { loss: 1, labels: 2, metrics: {} };
  const comparison = {
    judgedOn: 'test' as const,
    joint: { ...cost(4), tasks: {} },
    single: { topic: { ...cost(3), scores: score }, mood: { ...cost(2), scores: score } },
    total: cost(5),
  };
  expect(costTable(comparison, plain).slice(0, 5)).toEqual([
    'cost                   time  steps  parameters  peak memory',
    'one multi-task model  4.0 s     90   1,000,000      256 MiB',
    'topic alone           3.0 s     90   1,000,000      256 MiB',
    'mood alone            2.0 s     90   1,000,000      256 MiB',
    '2 separate models     5.0 s     90   1,000,000      256 MiB',
  ]);
});
