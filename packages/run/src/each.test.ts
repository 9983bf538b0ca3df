import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, key, normal } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { affinityRun } from './affinity-run.ts';
import { defineRun } from './config/define-run.ts';
import { readRunFile } from './config/read-run-file.ts';
import type { RunFile } from './config/schema.ts';
import { selectionScore } from './judges.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { compareSingleTask } from './single-task.ts';
import { failure, temporaryFolder } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const schools = ['7', '30', 'north side'];
/** score = x + what is of the school + noise. */
function write(folder: string, name = 'pupils.csv', count = 90): string {
  const numbers = normal(fold(key(5), name), 2 * count);
  const rows = Array.from({ length: count }, (_, at) => {
    const [x, noise] = [numbers[2 * at]!, numbers[2 * at + 1]!];
    return `p${at},${schools[at % 3]},${x},${100 + 20 * (x + (at % 3) + 0.1 * noise)}`;
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), ['id,school,x,score', ...rows].join('\n'));
  return join(folder, name);
}
async function* oneRow() {
  yield { row: 1, line: 1, values: { x: 0 } };
}
const file = (source: string, changes: Partial<RunFile> = {}): RunFile => ({
  version: 1,
  name: 'schools',
  seed: 1,
  data: { source, id: 'id' },
  split: { by: 'random', fractions: [0.6, 0.2, 0.2] },
  inputs: { row: { type: 'table', columns: ['x'], encoder: { type: 'mlp', hidden: [] } } },
  tasks: { score: { type: 'regress', column: 'score', each: { column: 'school', values: schools } } },
  train: { epochs: 3, batch: 16 },
  device: 'onnx',
  threads: 1,
  ...changes,
});

describe('each', () => {
  test('makes a task of every value of a column, which has the labels of its rows alone', async () => {
    const folder = temporaryFolder();
    write(folder);
    writeFileSync(
      join(folder, 'run.yaml'),
      JSON.stringify(file('pupils.csv', { tasks: { score: { type: 'regress', column: 'score', each: 'school' } } })),
    );
    const run = await readRunFile(join(folder, 'run.yaml'));
    expect(Object.keys(run.config.tasks)).toEqual(['score-30', 'score-7', 'score-north_side']);
    const { data } = await prepare(run);
    for (const [at, { labels }] of data.examples.slice(0, 6).entries())
      expect(Object.entries(labels).flatMap(([task, label]) => (label === null ? [] : [task]))).toEqual([
        ['score-7', 'score-30', 'score-north_side'][at % 3],
      ]);
  });

  test('gives the heads of a family one scale, and pulls them to their mean', async () => {
    const folder = temporaryFolder();
    const source = write(folder);
    const spread = async (pull: number) => {
      const each = { column: 'school', values: schools, pull };
      const run = defineRun(
        file(source, {
          tasks: { score: { type: 'regress', column: 'score', each } },
          train: { epochs: 40, batch: 54, optimizer: { learningRate: 0.05 } },
        }),
      );
      const { specs } = await prepare(run);
      const scales = Object.values(specs.heads as Record<string, { mean: number }>).map(({ mean }) => mean);
      expect(new Set(scales).size).toBe(1);
      const { folder: trained } = await trainRun(run, { out: join(folder, 'runs') });
      await using model = await openRun(trained);
      const values: number[] = [];
      for await (const found of model.predictRows(oneRow()))
        if ('tasks' in found) values.push(...Object.values(found.tasks).map((one) => (one as { value: number }).value));
      expect(values).toHaveLength(3);
      return Math.max(...values) - Math.min(...values);
    };
    const [free, pulled, tight] = [await spread(0), await spread(18), await spread(1e4)];
    expect(free).toBeGreaterThan(30);
    expect(pulled).toBeLessThan(0.8 * free);
    expect(tight).toBeLessThan(0.2 * free);
  });

  test('resumes to the same', async () => {
    const folder = temporaryFolder();
    const run = defineRun(file(write(folder)));
    const out = join(folder, 'runs');
    const whole = await trainRun(run, { out });
    const controller = new AbortController();
    const cut = await trainRun(run, {
      out,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 4) controller.abort();
      },
    });
    expect(cut.reason).toBe('interrupted');
    expect((await resumeRun(cut.folder)).test).toEqual(whole.test);
  });

  test.each([
    { type: 'taskBalanced' },
    { type: 'selected', selector: { type: 'fixed', tasks: ['score'] } },
  ] satisfies RunFile['sampling'][])(
    'a task without labels in training is told, and not drawn: %j',
    async (sampling) => {
      const folder = temporaryFolder();
      const each = { column: 'school', values: [...schools, '31'] };
      const tasks = { score: { type: 'regress', column: 'score', each } } as const;
      const run = defineRun(file(write(folder), { tasks, sampling }));
      const { notes } = await prepare(run);
      expect(notes.filter(({ code }) => code === 'E2339')).toMatchObject([
        { path: 'tasks.score.each', message: expect.stringContaining('No training example has a label of "31":') },
      ]);
      const { reason, validation } = await trainRun(run, { out: join(folder, 'runs') });
      expect([reason, validation!['score-31']!.labels]).toEqual(['finished', 0]);
    },
  );

  test('single-task models have no others to follow', async () => {
    const folder = temporaryFolder();
    const each = { column: 'school', values: [...schools, '31'] };
    const run = defineRun(file(write(folder), { tasks: { score: { type: 'regress', column: 'score', each } } }));
    const { folder: trained } = await trainRun(run, { out: join(folder, 'runs') });
    expect(Object.keys((await compareSingleTask(trained)).single)).toEqual(['score-7', 'score-30', 'score-north_side']);
    const found = await affinityRun(run, { by: 'representation', steps: 2 });
    expect(found.tasks).toHaveLength(4);
  });

  test('a family counts as one task where the best weights are chosen, by all its labels together', () => {
    const run = defineRun(file('none.csv'));
    const one = (loss: number | null, labels: number) => ({ loss, labels, metrics: { r2: -100, rmse: 1 } });
    const evaluation = { 'score-7': one(0.5, 1), 'score-30': one(0.2, 3), 'score-north_side': one(null, 0) };
    expect(selectionScore(run.config, evaluation as never)).toBeCloseTo(1 - (0.5 + 0.6) / 4, 12);
  });

  test('lists of tasks name all of a family, and other sections may not name it', async () => {
    const folder = temporaryFolder();
    const source = write(folder);
    const split: RunFile['split'] = { by: 'stratified', tasks: ['score'] };
    expect((defineRun(file(source, { split })).config.split as { tasks: string[] }).tasks).toEqual([
      'score-7',
      'score-30',
      'score-north_side',
    ]);
    const sources = [{ source, tasks: ['score'] }];
    const { config } = defineRun(file(source, { data: { id: 'id', sources } }));
    expect(config.data.sources![0]!.tasks).toEqual(['score-7', 'score-30', 'score-north_side']);
    expect(Object.keys(defineRun(file(source, { name: 'score' })).config.tasks)).toHaveLength(3);
    const balance = { type: 'fixed', weights: { score: 2 } } as const;
    const named = await failure(() => defineRun(file(source, { balance })));
    expect(named.problems.map(({ code, path }) => [code, path])).toEqual([['E1218', 'balance']]);
  });

  test.each([
    ['school', 'A run that is written in code has to list the values.'],
    [{ column: 'school', values: ['a b', 'a_b'] }, 'Two values of "school" give the name "score-a_b".'],
  ])('%j is refused in code: %s', async (each, message) => {
    const made = await failure(() =>
      defineRun(file('none.csv', { tasks: { score: { type: 'regress', column: 'score', each: each as string } } })),
    );
    expect([made.code, made.message]).toEqual(['E1218', expect.stringContaining(message)]);
  });

  test('a column that no row has is refused where the values are to be found', async () => {
    const folder = temporaryFolder();
    write(folder);
    const tasks = { score: { type: 'regress', column: 'score', each: 'class' } } as const;
    writeFileSync(join(folder, 'run.yaml'), JSON.stringify(file('pupils.csv', { tasks })));
    const made = await failure(() => readRunFile(join(folder, 'run.yaml')));
    expect([made.code, made.problems[0]!.path]).toEqual(['E1218', 'tasks.score.each']);
  });
});
