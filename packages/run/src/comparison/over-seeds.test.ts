import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { defineRun } from '../config/define-run.ts';
import type { Run } from '../config/run.ts';
import { temporaryFolder, tinyFile, tinyRows, writeRows } from '../testing/tiny-run.fixture.ts';
import type { TrainedOnce } from '../train-once.ts';
import { rateFactor, singleTask, tuned, weightsAt } from './candidate.ts';
import { overSeeds, type Train } from './over-seeds.ts';

const run = defineRun(tinyFile(writeRows(join(temporaryFolder(), 'rows.jsonl'), tinyRows())));
const rate = 0.05;

const outcome = (validation: number, task = 'topic'): TrainedOnce => ({
  seconds: 1,
  steps: 2,
  parameters: 3,
  peakMemory: validation,
  scores: { [task]: { count: 1, metrics: { accuracy: validation } } } as unknown as TrainedOnce['scores'],
  validation,
});
const rateOf = ({ config }: Run) => config.train.optimizer.learningRate;
const diverge = () => {
  throw new PolytaskError('diverged', { code: 'E4001', message: 'The loss is NaN.' });
};

describe('tuning on the first seed', () => {
  test('takes the rate with the best validation score, and the other seeds train with it', async () => {
    const trained: [number, number, number | null][] = [];
    const train: Train = async (changed, at, _name, trial) => {
      trained.push([Number((rateOf(changed) / rate).toFixed(4)), at, trial]);
      return outcome(rateOf(changed) > 2 * rate ? 0.9 : 0.5);
    };
    const { results, chosen, trials } = await overSeeds(tuned(run), { seeds: 3, trials: 4, train });
    expect(trained).toEqual([
      [1, 0, 0],
      [0.3333, 0, 1],
      [3, 0, 2],
      [0.1111, 0, 3],
      [3, 1, null],
      [3, 2, null],
    ]);
    expect(trials).toEqual([2]);
    expect(results.map(({ validation }) => validation)).toEqual([0.9, 0.9, 0.9]);
    expect(chosen[0]!.config.balance).toEqual({ type: 'fixed', weights: weightsAt(run, 2) });
  });

  test('gives every single-task model as many trials, and a rate of its own', async () => {
    const train: Train = async (changed, _at, name) => {
      const wants = name === 'single-task topic' ? rate / 3 : 3 * rate;
      return outcome(rateOf(changed) === wants ? 1 : 0, name.slice('single-task '.length));
    };
    const { results, chosen, trials } = await overSeeds(singleTask(run), { seeds: 2, trials: 3, train });
    expect(trials).toEqual([1, 2]);
    expect(chosen.map(rateOf)).toEqual([rate / 3, 3 * rate]);
    expect(results).toHaveLength(2);
    expect(results[0]).toMatchObject({ seconds: 2, parameters: 6, peakMemory: 1 });
    expect(Object.keys(results[0]!.scores)).toEqual(['topic', 'sentiment']);
  });

  test('passes over rates that diverge, but not over all of them, nor over later seeds', async () => {
    const above =
      (limit: number): Train =>
      async (changed) =>
        rateOf(changed) > limit ? diverge() : outcome(0.1);
    const { trials } = await overSeeds(tuned(run), { seeds: 1, trials: 3, train: above(rate / 2) });
    expect(trials).toEqual([1]);
    await expect(overSeeds(tuned(run), { seeds: 1, trials: 3, train: above(0) })).rejects.toThrow('E4001');
    const later: Train = async (_changed, at) => (at > 0 ? diverge() : outcome(0.1));
    await expect(overSeeds(tuned(run), { seeds: 2, trials: 1, train: later })).rejects.toThrow('E4001');
  });

  test('other failures are not passed over', async () => {
    const train: Train = async () => {
      throw new TypeError('broken');
    };
    await expect(overSeeds(tuned(run), { seeds: 1, trials: 3, train })).rejects.toThrow('broken');
  });
});

test('factors of the learning rate go outwards from 1', () => {
  expect([0, 1, 2, 3, 4].map(rateFactor)).toEqual([1, 1 / 3, 3, 1 / 9, 9]);
});

test('weights of `tuned` begin equal, and have the mean 1', () => {
  expect(weightsAt(run, 0)).toEqual({ topic: 1, sentiment: 1 });
  const { topic, sentiment } = weightsAt(run, 1) as { topic: number; sentiment: number };
  expect(topic + sentiment).toBeCloseTo(2, 12);
  expect(topic).not.toBeCloseTo(1, 3);
  expect(weightsAt(run, 1)).toEqual(weightsAt(run, 1));
});
