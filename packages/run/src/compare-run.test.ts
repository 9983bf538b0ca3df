import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareRun } from './compare-run.ts';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { temporaryFolder, tinyFile, tinyRows, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const run = () =>
  defineRun(
    tinyFile(writeRows(join(folder, 'rows.jsonl'), tinyRows()), {
      train: { epochs: 3, batch: 16, optimizer: { learningRate: 0.03 } },
      balance: { type: 'uncertainty' },
    }),
  );

test('compares single tasks, equal, tuned and chosen weights over the same seeds', async () => {
  const steps = new Map<string, number>();
  const trainings = new Set<string>();
  const { methods, seeds, judgedOn, trials, tunedWeights, findings } = await compareRun(run(), {
    methods: ['uncertainty', 'pcgrad'],
    seeds: 2,
    trials: 2,
    onEvent: ({ method, seed, trial }) => {
      steps.set(method, (steps.get(method) ?? 0) + 1);
      trainings.add(`${method} ${seed} ${trial}`);
    },
  });
  expect(judgedOn).toBe('test');
  expect(seeds).toEqual([7, 8]);
  expect(methods.map(({ method }) => method)).toEqual(['single-task', 'equal', 'tuned', 'uncertainty', 'pcgrad']);
  const [single, equal, tuned] = methods;
  expect(single!.gains).toBeNull();
  expect(equal!.gains).toHaveLength(2);
  expect(equal!.gain).toBeCloseTo((equal!.gains![0]! + equal!.gains![1]!) / 2, 10);
  expect(tuned!.chance).toBeNull();
  expect(trials).toBe(2);
  expect(single!.interval).toBeNull();
  expect(equal!.interval).toMatchObject({
    low: Math.min(...equal!.gains!),
    high: Math.max(...equal!.gains!),
    level: 0.95,
  });
  expect(single!.learningRates).toHaveLength(2);
  for (const { learningRates } of methods)
    for (const rate of learningRates) expect([0.03, 0.03 / 3]).toContainEqual(rate);
  expect(single!.parameters).toBeGreaterThan(equal!.parameters);
  // ranks of five methods are 3 in the mean
  expect(methods.reduce((sum, { meanRank }) => sum + meanRank, 0) / 5).toBeCloseTo(3, 10);
  expect(Object.values(tunedWeights).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(2, 10);
  for (const { tasks } of methods) {
    expect(Object.keys(tasks)).toEqual(['topic', 'sentiment']);
    for (const { mean, deviation } of Object.values(tasks)) {
      expect(mean).toBeGreaterThan(0);
      expect(deviation).toBeGreaterThanOrEqual(0);
    }
  }
  expect(findings).toEqual([
    'uncertainty: not better than tuned fixed weights.',
    'pcgrad: not better than tuned fixed weights.',
    'With 2 seeds no difference can be told from chance: take at least 6.',
  ]);
  expect([...steps.keys()]).toEqual([
    'single-task topic',
    'single-task sentiment',
    'equal',
    'tuned',
    'uncertainty',
    'pcgrad',
  ]);
  // each of the six models: two trials on the first seed, and what was chosen on the second
  expect([...trainings]).toEqual([...steps.keys()].flatMap((name) => [`${name} 7 0`, `${name} 7 1`, `${name} 8 null`]));
});

test('with one trial, equal weights are not trained a second time as the tuned ones', async () => {
  const trainings = new Set<string>();
  const { methods, tunedWeights } = await compareRun(run(), {
    seeds: 2,
    trials: 1,
    methods: [],
    onEvent: ({ method, seed }) => trainings.add(`${method} ${seed}`),
  });
  expect([...trainings]).toEqual(
    ['single-task topic', 'single-task sentiment', 'equal'].flatMap((name) => [`${name} 7`, `${name} 8`]),
  );
  const [, equal, tuned] = methods;
  expect(tuned).toEqual({ ...equal, method: 'tuned', chance: null });
  expect(tunedWeights).toEqual({ topic: 1, sentiment: 1 });
});

test('fixed weights of 1 train as equal ones do: one training stands for both', async () => {
  const scoresWith = async (balance: RunFile['balance']) => {
    const rows = writeRows(join(folder, 'rows.jsonl'), tinyRows());
    const file = tinyFile(rows, { train: { epochs: 3, batch: 16 }, balance });
    const { test: scores, best } = await trainRun(defineRun(file), { out: join(folder, 'runs') });
    return { scores, best };
  };
  const equal = await scoresWith({ type: 'equal' });
  expect(equal.scores!.topic!.loss).toBeGreaterThan(0);
  expect(await scoresWith({ type: 'fixed', weights: { topic: 1, sentiment: 1 } })).toEqual(equal);
});

test('all diverging is told, not hidden', async () => {
  const optimizer = { type: 'sgd' as const, learningRate: 1e30 };
  const file = tinyFile(writeRows(join(folder, 'rows.jsonl'), tinyRows()), {
    train: { epochs: 1, batch: 16, optimizer },
  });
  await expect(compareRun(defineRun(file), { seeds: 1, trials: 1 })).rejects.toThrow('E4001');
});

test('without a validation part nothing is tuned, and it is said', async () => {
  const fractions: [number, number, number] = [0.8, 0, 0.2];
  const { trials, tunedWeights, findings } = await compareRun(
    defineRun(
      tinyFile(writeRows(join(folder, 'rows.jsonl'), tinyRows()), {
        split: { by: 'random', fractions },
        train: { epochs: 1, batch: 16 },
      }),
    ),
    { seeds: 1, methods: [] },
  );
  expect(trials).toBe(1);
  expect(tunedWeights).toEqual({ topic: 1, sentiment: 1 });
  expect(findings).toContain('Without a validation part nothing was tuned: tuned fixed weights are equal ones.');
});

test('unknown methods and counts are named', async () => {
  await expect(compareRun(run(), { methods: ['pcgard'] })).rejects.toThrow('Did you mean "pcgrad"?');
  await expect(compareRun(run(), { seeds: 0 })).rejects.toThrow('seeds: expected a positive integer. Found 0.');
});
