import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resumeRun } from './resume-run.ts';
import {
  contents,
  failure,
  temporaryFolder,
  tinyFile,
  tinyRows,
  tinyRun,
  writeRows,
} from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const train = {
  epochs: 3,
  batch: 4,
  accumulate: 2,
  optimizer: { learningRate: 0.05 },
  checkpoint: { every: 4, keep: 2 },
  evaluate: 5,
} as const;

/** What a run leaves behind, without times. */
const results = (folder: string, steps: number) => ({
  final: contents(join(folder, 'checkpoints', `ckpt-${steps}`)),
  best: contents(join(folder, 'best')),
  metrics: readFileSync(join(folder, 'metrics.ndjson'), 'utf8'),
});

async function interrupted(folder: string, at: number, changes: Parameters<typeof tinyRun>[1] = { train }) {
  const controller = new AbortController();
  const summary = await trainRun(tinyRun(folder, changes), {
    out: join(folder, 'runs'),
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === at) controller.abort();
    },
  });
  return { controller, summary };
}

describe('resumeRun', () => {
  it('ends with the bytes of a run that was never interrupted, wherever it was', async () => {
    const folder = temporaryFolder();
    const whole = await trainRun(tinyRun(folder, { train }), { out: join(folder, 'runs') });
    const expected = results(whole.folder, whole.steps);
    for (const at of [1, 5, 8, 11]) {
      const { summary } = await interrupted(folder, at);
      expect(summary).toMatchObject({ reason: 'interrupted', steps: at });
      const resumed = await resumeRun(summary.folder);
      expect(resumed).toMatchObject({ reason: 'finished', steps: whole.steps, best: whole.best, test: whole.test });
      expect(results(summary.folder, whole.steps)).toEqual(expected);
    }
  });

  it('ends with the same bytes after kill -9', async () => {
    const folder = temporaryFolder();
    writeRows(join(folder, 'rows.jsonl'), tinyRows());
    const file = join(folder, 'run.json');
    writeFileSync(file, JSON.stringify(tinyFile('rows.jsonl', { train })));
    const whole = await trainRun(tinyRun(folder, { train }), { out: join(folder, 'runs') });

    const tsx = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'loader.mjs');
    const script = fileURLToPath(new URL('./testing/train-until.fixture.ts', import.meta.url));
    const out = join(folder, 'killed');
    const child = spawn(process.execPath, ['--conditions=@polytask/source', '--import', tsx, script, file, out, '10'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const killed = join(out, readdirSync(out)[0]!);
    expect(existsSync(join(killed, 'lock'))).toBe(true);
    expect(readdirSync(join(killed, 'checkpoints')).sort()).toEqual(['ckpt-4', 'ckpt-8']);
    expect(readFileSync(join(killed, 'metrics.ndjson'), 'utf8')).toContain('"step":10');
    const resumed = await resumeRun(killed);
    expect(resumed.reason).toBe('finished');
    expect(results(killed, whole.steps)).toEqual(results(whole.folder, whole.steps));
  });

  it('goes on counting towards early stopping, and stays stopped', async () => {
    const folder = temporaryFolder();
    const stopping = {
      train: { ...train, epochs: 40, evaluate: 2 },
      select: { mode: 'weighted', patience: 3 },
    } as const;
    const whole = await trainRun(tinyRun(folder, stopping), { out: join(folder, 'runs') });
    expect(whole.reason).toBe('stopped early');
    const { summary } = await interrupted(folder, whole.steps - 1, stopping);
    expect(await resumeRun(summary.folder)).toMatchObject({
      reason: 'stopped early',
      steps: whole.steps,
      best: whole.best,
    });
    // as if killed between the last checkpoint and the summary
    rmSync(join(summary.folder, 'summary.json'));
    expect(await resumeRun(summary.folder)).toMatchObject({
      reason: 'stopped early',
      steps: whole.steps,
      test: whole.test,
    });
    expect(results(summary.folder, whole.steps)).toEqual(results(whole.folder, whole.steps));
  });

  it('returns a finished run as it is', async () => {
    const folder = temporaryFolder();
    const done = await trainRun(tinyRun(folder, { train: { steps: 2, batch: 8 } }), { out: folder });
    const before = contents(join(done.folder, 'best'));
    expect(await resumeRun(done.folder)).toEqual({ ...done, alreadyFinished: true });
    expect(contents(join(done.folder, 'best'))).toEqual(before);
  });

  it('refuses a changed configuration and says what changed', async () => {
    const folder = temporaryFolder();
    const { summary } = await interrupted(folder, 5);
    const path = join(summary.folder, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"batch": 4', '"batch": 8'));
    const error = await failure(() => resumeRun(summary.folder));
    expect(error).toMatchObject({ code: 'E6004', kind: 'usage' });
    expect(error.message).toContain('train.batch: 4 → 8');
  });

  it('refuses changed data, and takes data that only moved', async () => {
    const folder = temporaryFolder();
    const { summary } = await interrupted(folder, 5);
    const moved = writeRows(join(folder, 'moved.jsonl'), tinyRows());
    writeRows(join(folder, 'rows.jsonl'), tinyRows().slice(1));
    const shorter = await failure(() => resumeRun(summary.folder));
    expect(shorter.code).toBe('E6005');
    expect(shorter.message).toMatch(/: 48\/6\/6 training\/validation\/test examples → \d+\/\d+\/\d+\./);
    writeRows(join(folder, 'rows.jsonl'), [...tinyRows().slice(0, -1), { ...tinyRows().at(-1), text: 'other words' }]);
    const reworded = await failure(() => resumeRun(summary.folder));
    expect(reworded.code).toBe('E6005');
    expect(reworded.message).toContain('as many examples (48/6/6) with other texts, labels or ids');
    expect((await resumeRun(summary.folder, { data: moved })).reason).toBe('finished');
  });

  it('refuses a folder without a whole checkpoint, and one that is no run', async () => {
    const folder = temporaryFolder();
    const { summary } = await interrupted(folder, 5);
    for (const name of readdirSync(join(summary.folder, 'checkpoints'))) {
      writeFileSync(join(summary.folder, 'checkpoints', name, 'weights.safetensors'), 'torn');
    }
    expect((await failure(() => resumeRun(summary.folder))).code).toBe('E6003');
    expect((await failure(() => resumeRun(join(folder, 'nothing')))).code).toBe('E6001');
  });

  it('refuses while another process trains the run', async () => {
    const folder = temporaryFolder();
    const { summary } = await interrupted(folder, 5);
    writeFileSync(join(summary.folder, 'lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
    expect((await failure(() => resumeRun(summary.folder))).code).toBe('E6002');
  });
});
