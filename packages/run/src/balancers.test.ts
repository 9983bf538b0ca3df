import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aggregators, balancers } from './config/names.ts';
import type { RunFile } from './config/schema.ts';
import { resumeRun } from './resume-run.ts';
import { failure, temporaryFolder, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

type Balance = NonNullable<RunFile['balance']>;
const folder = temporaryFolder();
const trained = (balance: Balance, changes: Partial<RunFile> = {}) =>
  trainRun(tinyRun(folder, { balance, train: { epochs: 1, batch: 16 }, ...changes }), { out: folder });

describe('a run file names', () => {
  test.each([...Object.keys(balancers), ...Object.keys(aggregators)])('%s, which trains', async (type) => {
    const weights =
      type === 'fixed' ? { weights: { topic: 2 } } : type === 'prior' ? { importance: { topic: 2, sentiment: 1 } } : {};
    const { validation } = await trained({ type, ...weights } as Balance);
    expect(validation!.topic!.metrics.accuracy).toBeGreaterThanOrEqual(0);
    expect(validation!.topic!.loss).toBeLessThan(5);
  });

  test.each(['parameters', 'representation', 'last-layer'] as const)(
    'what gradients are compared at: %s',
    async (gradients) => {
      const { validation } = await trained({ type: 'pcgrad', gradients, every: 2, smoothed: 0.5 });
      expect(validation!.topic!.loss).toBeLessThan(5);
    },
  );
});

test('options that a balancer does not have, or that are out of range, are told before training', async () => {
  expect(await failure(async () => trained({ type: 'pcgrad', c: 1 } as never))).toMatchObject({ code: 'E1207' });
  expect(await failure(async () => trained({ type: 'dwa', temperature: -1 }))).toMatchObject({
    problems: [{ path: 'balance.temperature' }],
  });
  expect(await failure(async () => trained({ type: 'pcgrad', gradients: 'all' } as never))).toMatchObject({
    problems: [{ path: 'balance.gradients' }],
  });
});

test('what combines gradients goes on after a break, and takes no parts of batches', async () => {
  const balance = { type: 'dbMtl', beta: 0.5 } as const;
  const train = { epochs: 2, batch: 16 };
  const whole = await trained(balance, { train });
  const controller = new AbortController();
  const cut = await trainRun(tinyRun(folder, { balance, train }), {
    out: folder,
    signal: controller.signal,
    onEvent: (event) => event.type === 'step' && event.step === 3 && controller.abort(),
  });
  expect((await resumeRun(cut.folder)).validation).toEqual(whole.validation);
  const { problems } = await failure(() =>
    trained({ type: 'gradDrop', leak: { tone: 0.1 } }, { train: { ...train, accumulate: 2 } }),
  );
  expect(problems.map(({ path }) => path).sort()).toEqual(['balance', 'balance.leak.tone', 'train.accumulate']);
});

test('numbers of tasks are given by name, in any order', async () => {
  const { folder: made } = await trained({
    type: 'upgrad',
    gradients: 'parameters',
    preference: { sentiment: 3, topic: 1 },
    logTransformed: true,
    normalised: true,
  });
  const steps = stepsOf(made);
  expect(steps.length).toBeGreaterThan(1);
  for (const { weights } of steps)
    expect(Number.isFinite(weights.topic) && Number.isFinite(weights.sentiment)).toBe(true);
  expect((await trained({ type: 'consistency', pairs: [['sentiment', 'topic']] })).reason).toBe('finished');
  expect((await trained({ type: 'metabalance', target: 'sentiment' })).reason).toBe('finished');
});

test('names that are no task, and tasks without a number, are told', async () => {
  expect(await failure(async () => trained({ type: 'stch', ideal: { topic: 0, sentimen: 0 } }))).toMatchObject({
    problems: [
      { path: 'balance.ideal.sentimen' },
      { path: 'balance', message: expect.stringContaining('ideal of every task') },
    ],
  });
  expect(await failure(async () => trained({ type: 'metabalance', target: 'tone' }))).toMatchObject({ code: 'E1209' });
});

test('the log of a run says how the gradients of the tasks stood, and only where they were compared', async () => {
  const [first] = stepsOf((await trained({ type: 'mgda', gradients: 'last-layer' })).folder);
  expect(first!.cosines![0]![0]).toBe(1);
  expect(first!.worst).toMatchObject({ gain: expect.any(Number) });
  expect(first!.residual).toBeLessThan(1e-6);
  expect(first!.conflicts).toBeInstanceOf(Array);
  expect(stepsOf((await trained({ type: 'equal' })).folder)[0]).not.toHaveProperty('conflicts');
});

type Logged = {
  readonly type: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly cosines?: readonly (readonly number[])[];
  readonly conflicts?: readonly unknown[];
  readonly worst?: unknown;
  readonly residual?: number;
};
const stepsOf = (made: string): Logged[] =>
  readFileSync(join(made, 'metrics.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line): Logged => JSON.parse(line))
    .filter(({ type }) => type === 'step');
