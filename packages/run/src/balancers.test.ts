import { describe, expect, test } from 'vitest';
import { balancers } from './config/names.ts';
import type { RunFile } from './config/schema.ts';
import { failure, temporaryFolder, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

type Balance = NonNullable<RunFile['balance']>;
const folder = temporaryFolder();
const trained = (balance: Balance, changes: Partial<RunFile> = {}) =>
  trainRun(tinyRun(folder, { balance, train: { epochs: 1, batch: 16 }, ...changes }), { out: folder });

describe('a run file names', () => {
  test.each(Object.keys(balancers))('%s, which trains', async (type) => {
    const weights = type === 'fixed' ? { weights: { topic: 2 } } : {};
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
