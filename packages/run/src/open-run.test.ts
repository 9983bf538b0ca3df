import { renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { openSource } from '@polytask/data';
import type { Classification } from '@polytask/heads';
import { describe, expect, it } from 'vitest';
import { findRun } from './find-run.ts';
import { openRun } from './open-run.ts';
import { compareSingleTask } from './single-task.ts';
import { failure, temporaryFolder, tinyRows, tinyRun, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const trained = async (folder: string) =>
  (await trainRun(tinyRun(folder, { train: { epochs: 2, batch: 8 } }), { out: join(folder, 'runs') })).folder;

describe('openRun', () => {
  it('predicts rows in their order without label columns, a problem in the place of a row that cannot be read', async () => {
    const folder = temporaryFolder();
    await using run = await openRun(await trained(folder));
    const file = writeRows(join(folder, 'new.jsonl'), [
      { id: 'long', text: 'team '.repeat(400) },
      '{broken',
      { id: 7, text: '' },
      { text: 'bank' },
      { id: 'x', title: 'bank' },
    ]);
    const found = [];
    for await (const row of run.predictRows(openSource(file)))
      found.push('problem' in row ? [row.id, row.problem.code] : [row.id, Object.keys(row.tasks)]);
    const tasks = ['topic', 'sentiment'];
    expect(found).toEqual([
      ['long', tasks],
      ['row-2', expect.stringMatching(/^E21/)],
      ['7', 'E2201'],
      ['row-4', tasks],
      ['x', 'E1404'],
    ]);
  });

  it('gives a text the same prediction alone and among others', async () => {
    const folder = temporaryFolder();
    await using run = await openRun(await trained(folder));
    const texts = ['team goal great', 'bank', 'a much longer text about the loans of a bank and its awful market', ''];
    const together = await run.predict(texts);
    for (const [at, text] of texts.entries()) {
      const [alone] = await run.predict([text]);
      const [one, other] = [alone!.tasks.topic!, together[at]!.tasks.topic!] as Classification[];
      expect(one!.probabilities.sports).toBeCloseTo(other!.probabilities.sports!, 5);
    }
    expect(await run.predict([])).toEqual([]);
  });

  it('reports labels that training did not have, and counts them in no metric', async () => {
    const folder = temporaryFolder();
    await using run = await openRun(await trained(folder));
    const rows = tinyRows().slice(0, 20);
    const labels = rows.filter(({ topic }) => topic !== null).length;
    const file = writeRows(join(folder, 'other.jsonl'), [
      ...rows,
      ...[1, 2, 3].map((at) => ({ id: `s${at}`, text: `team goal ${at}`, topic: 'sportz' })),
      { id: 'x', text: 'loan', sentiment: 'indifferent' },
    ]);
    const { tasks, leftOut, notes, majority } = await run.evaluate({ file });
    expect(tasks.topic!.labels).toBe(labels);
    expect(leftOut).toEqual({ topic: 3, sentiment: 1 });
    expect(notes.filter(({ code }) => code === 'E2304')).toMatchObject([
      {
        path: 'tasks.topic',
        file,
        count: 3,
        message: expect.stringContaining('"sportz"'),
        fix: 'Did you mean "sports"?',
      },
      { path: 'tasks.sentiment', file, count: 1, message: expect.stringContaining('"indifferent"') },
    ]);
    const without = writeRows(join(folder, 'without.jsonl'), rows);
    const known = await run.evaluate({ file: without });
    expect(majority).toEqual(known.majority);
    expect(known).toMatchObject({ leftOut: { topic: 0, sentiment: 0 } });
  });

  it('refuses a folder that is no run, one without weights, and data that changed', async () => {
    const folder = temporaryFolder();
    expect((await failure(() => openRun(folder))).code).toBe('E6001');
    const made = await trained(folder);
    await using run = await openRun(made);
    writeRows(join(folder, 'rows.jsonl'), tinyRows().slice(2));
    expect((await failure(() => run.evaluate())).code).toBe('E6005');
    rmSync(join(made, 'best'), { recursive: true });
    expect((await failure(() => openRun(made))).code).toBe('E6008');
  });
});

describe('findRun', () => {
  it('takes a path, a name in the folder of runs, or the newest', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'runs');
    expect((await failure(() => findRun('latest', out))).code).toBe('E6001');
    await trained(folder);
    const second = await trained(folder);
    expect(await findRun('latest', out)).toBe(second);
    expect(await findRun(second, out)).toBe(second);
    expect((await failure(() => findRun('other', out))).message).toContain('tiny');
  });
});

describe('findRun for prediction', () => {
  it('passes over newer runs without weights, and says so', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'runs');
    const older = await trained(folder);
    const newer = await trained(folder);
    utimesSync(join(older, 'config.json'), 1, 1);
    const passed: string[] = [];
    const find = () => findRun('latest', out, { weights: true, onPassedOver: (one) => passed.push(one) });
    expect(await find()).toBe(newer);
    // as a crash while the best weights were replaced leaves it
    renameSync(join(newer, 'best'), join(newer, 'best.writing-1'));
    expect(await find()).toBe(newer);
    rmSync(join(newer, 'best.writing-1'), { recursive: true });
    expect(passed).toEqual([]);
    expect(await find()).toBe(older);
    expect(passed).toEqual([newer]);
    expect(await findRun('latest', out)).toBe(newer);
    rmSync(join(older, 'best'), { recursive: true });
    expect((await failure(find)).code).toBe('E6008');
  });
});

describe('compareSingleTask', () => {
  it('trains one model per task for as many epochs, on the same split', async () => {
    const folder = temporaryFolder();
    const made = await trained(folder);
    const { joint, single, total, judgedOn } = await compareSingleTask(made);
    expect(judgedOn).toBe('test');
    expect(Object.keys(single)).toEqual(['topic', 'sentiment']);
    expect(single.topic!.scores.labels).toBe(joint.tasks.topic!.labels);
    expect(single.topic!.parameters).toBe(2048 + 18);
    expect(total.parameters).toBe(2 * (2048 + 18));
    expect(joint.parameters).toBe(2048 + 2 * 18);
  });
});
