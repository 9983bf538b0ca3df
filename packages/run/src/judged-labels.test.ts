import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { openRun } from './open-run.ts';
import { temporaryFolder } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

/** Rows of x, school and grade in three files. */
function write(parts: Readonly<Record<'train' | 'validation' | 'test', readonly string[]>>) {
  const folder = temporaryFolder();
  const files = Object.entries(parts).map(([part, rows]) => {
    const file = join(folder, `${part}.csv`);
    writeFileSync(file, ['id,x,school,grade', ...rows.map((row, at) => `${part}${at},${row}`)].join('\n'));
    return [part, file];
  });
  return { folder, files: Object.fromEntries(files) as Record<keyof typeof parts, string> };
}

const train = ['0,a,low', '1,a,high', '2,a,top', '0,b,low', '1,b,high', '0,a,low'];

async function judged(tasks: RunFile['tasks'], others: readonly string[]) {
  const { folder, files } = write({ train, validation: ['1,a,high'], test: others });
  const run = defineRun({
    version: 1,
    name: 'judged',
    data: { id: 'id' },
    split: { by: 'files', files },
    inputs: { row: { type: 'table', columns: ['x'], encoder: { type: 'mlp', hidden: [] } } },
    tasks,
    train: { epochs: 1, batch: 6 },
    device: 'onnx',
    threads: 1,
  });
  const trained = await trainRun(run, { out: join(folder, 'runs') });
  await using model = await openRun(trained.folder);
  return { trained, opened: await model.evaluate({ part: 'test' }) };
}

test('classes of one task of a family are classes of all of it, and are judged', async () => {
  const each = { column: 'school', values: ['a', 'b'] };
  const grade = { type: 'classify', column: 'grade', each } as const;
  const { trained, opened } = await judged({ grade }, ['2,b,top', '0,b,low', '0,b,lost']);
  for (const tasks of [trained.test!, opened.tasks]) expect(tasks['grade-b']!.labels).toBe(2);
  expect(opened.leftOut).toEqual({ 'grade-a': 0, 'grade-b': 1 });
  expect(opened.notes.filter(({ code }) => code === 'E2304').map(({ message }) => message)).toEqual([
    'The label "lost" is not among the training labels; it counts as missing.',
  ]);
});

test('what always answering one label reaches is judged on the labels that the model is judged on', async () => {
  const { trained, opened } = await judged({ grade: { type: 'classify', column: 'grade' } }, ['0,a,low', '0,a,lost']);
  expect(trained.test!.grade!.labels).toBe(1);
  expect(trained.majority!.grade!.metrics.accuracy).toBe(1);
  expect(trained.majority).toEqual(opened.majority);
});
