import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Classification } from '@polytask/heads';
import { readCheckpoint } from '@polytask/train';
import { describe, expect, it } from 'vitest';
import { openRun } from './open-run.ts';
import type { RunEvent } from './results.ts';
import { failure, temporaryFolder, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

describe('trainRun', () => {
  it('learns both tasks, and the folder alone evaluates and predicts', async () => {
    const folder = temporaryFolder();
    const events: RunEvent[] = [];
    const summary = await trainRun(
      tinyRun(folder, {
        // enough buckets that words do not share them: what is asked below holds no phrase of the rows
        inputs: {
          text: { type: 'text', column: 'text', encoder: { type: 'ngrams', buckets: 8192, width: 8, dropout: 0.1 } },
        },
        train: { epochs: 12, batch: 8, optimizer: { learningRate: 0.05 } },
      }),
      {
        out: join(folder, 'runs'),
        onEvent: (event) => events.push(event),
      },
    );
    expect(summary).toMatchObject({ reason: 'finished', epochs: 12, alreadyFinished: false });
    expect(summary.validation!.topic!.metrics.accuracy).toBe(1);
    expect(summary.test!.topic!.metrics.accuracy).toBe(1);
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(summary.steps);
    expect(events.filter((event) => event.type === 'evaluation' && event.part === 'test')).toHaveLength(1);
    expect(existsSync(join(summary.folder, 'lock'))).toBe(false);

    await using run = await openRun(summary.folder);
    expect(run.labels).toEqual({ topic: ['finance', 'sports'], sentiment: ['bad', 'good'] });
    const [sports, finance] = await run.predict(['team league wonderful great', 'stock market awful']);
    expect(sports!.tasks).toMatchObject({ topic: { label: 'sports' }, sentiment: { label: 'good' } });
    expect(finance!.tasks).toMatchObject({ topic: { label: 'finance' }, sentiment: { label: 'bad' } });
    const topic = finance!.tasks.topic as Classification;
    expect(topic.probability).toBe(topic.probabilities.finance);

    const again = await run.evaluate();
    expect(again.tasks.topic!.metrics).toEqual(summary.test!.topic!.metrics);
    expect(again.majority).toEqual(summary.majority);
    const whole = await run.evaluate({ file: join(folder, 'rows.jsonl') });
    expect(whole.examples).toBe(60);
    expect(whole.tasks.topic!.labels).toBe(40);
  });

  it('gives equal logs and weights for equal seeds, and other ones for another', async () => {
    const folder = temporaryFolder();
    const weights = async (seed: number) => {
      const { folder: made } = await trainRun(tinyRun(folder, { seed, train: { epochs: 1, batch: 8 } }), {
        out: folder,
      });
      return ['best/weights.safetensors', 'metrics.ndjson'].map((name) =>
        readFileSync(join(made, name)).toString('base64'),
      );
    };
    const [first, second, other] = [await weights(1), await weights(1), await weights(2)];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('does not let a task without labels change its head, and reports no loss for it', async () => {
    const folder = temporaryFolder();
    // One row per step, and each row has one label.
    const rows = tinyRows().map((row, at) => ({
      ...row,
      topic: at % 2 ? null : ['a', 'b'][(at / 2) % 2],
      sentiment: at % 2 ? ['c', 'd'][((at - 1) / 2) % 2] : null,
    }));
    const events: RunEvent[] = [];
    const run = tinyRun(
      folder,
      { train: { steps: 2, batch: 1, schedule: { type: 'constant' }, evaluate: 1, checkpoint: { every: 1, keep: 9 } } },
      rows,
    );
    const { folder: made } = await trainRun(run, { out: folder, onEvent: (event) => events.push(event) });
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    const [before, after] = await Promise.all(
      [1, 2].map((step) => readCheckpoint(join(made, 'checkpoints', `ckpt-${step}`))),
    );
    const absent = steps[1]!.losses.topic === null ? 'topic' : 'sentiment';
    const present = absent === 'topic' ? 'sentiment' : 'topic';
    expect(steps[1]!.losses[present]).toBeGreaterThan(0);
    expect(steps[1]!.weights[absent]).toBe(0);
    for (const group of ['weights', 'optimizer'] as const) {
      for (const [name, tensor] of after!.tensors[group]!) {
        const unchanged = Buffer.from(tensor.data.buffer).equals(
          Buffer.from(before!.tensors[group]!.get(name)!.data.buffer),
        );
        if (name.includes(`heads.${absent}.`)) expect(unchanged, name).toBe(true);
        if (group === 'weights' && name.includes(`heads.${present}.`)) expect(unchanged, name).toBe(false);
      }
    }
  });

  it('keeps rows that are bad in a quarantine, each with its problem', async () => {
    const folder = temporaryFolder();
    const rows = [...tinyRows(), '{"id": "half", "text": '];
    const run = tinyRun(
      folder,
      {
        data: { source: join(folder, 'rows.jsonl'), id: 'id', bad: { maxFraction: 0.05 } },
        train: { steps: 1, batch: 8 },
      },
      rows,
    );
    const { folder: made } = await trainRun(run, { out: folder });
    const lines = readFileSync(join(made, 'quarantine.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ row: 61, line: 61, problem: { row: 61 } }]);
  });

  it('says which step diverged and leaves no lock behind', async () => {
    const folder = temporaryFolder();
    const run = tinyRun(folder, {
      balance: { type: 'equal' },
      train: { epochs: 5, batch: 8, optimizer: { type: 'sgd', learningRate: 1e30 } },
    });
    const events: RunEvent[] = [];
    const error = await failure(() => trainRun(run, { out: folder, onEvent: (event) => events.push(event) }));
    expect(error.kind).toBe('diverged');
    const start = events[0]!;
    expect(start.type === 'start' && existsSync(join(start.folder, 'lock'))).toBe(false);
  });

  it('refuses an output folder that cannot be', async () => {
    const folder = temporaryFolder();
    const error = await failure(() => trainRun(tinyRun(folder), { out: join(folder, 'rows.jsonl', 'runs') }));
    expect(error).toMatchObject({ code: 'E6007', kind: 'usage' });
  });

  it('gives the same weights and predictions in a worker', async () => {
    const folder = temporaryFolder();
    const run = tinyRun(folder, { train: { epochs: 1, batch: 8 } });
    const best = async (worker: boolean) => {
      const trained = await trainRun(run, { out: join(folder, 'runs'), worker });
      await using opened = await openRun(trained.folder, { worker });
      return {
        weights: readFileSync(join(trained.folder, 'best', 'weights.safetensors')),
        predictions: await opened.predict(['team league wonderful great', 'stock']),
      };
    };
    expect(await best(true)).toEqual(await best(false));
  });
});
