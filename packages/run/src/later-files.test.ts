import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { openRun } from './open-run.ts';
import { temporaryFolder } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const write = (folder: string, name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const file = (data: RunFile['data'], more: Partial<RunFile> = {}): RunFile => ({
  version: 1,
  name: 'later',
  data,
  inputs: { text: { type: 'text', column: 'text', encoder: { type: 'ngrams', buckets: 64, width: 4 } } },
  tasks: { topic: { type: 'classify', column: 'topic' }, mood: { type: 'classify', column: 'mood' } },
  train: { epochs: 1, batch: 8 },
  ...more,
});

it('files to predict are in the encoding of the run, and under its names for columns', async () => {
  const folder = temporaryFolder();
  const lines = Array.from({ length: 60 }, (_, at) => `Café ${at},${at % 2 ? 'x' : 'y'},${at % 3 ? 'up' : 'down'}\n`);
  const source = write(folder, 'latin.csv', Buffer.from(`headline,topic,mood\n${lines.join('')}`, 'latin1'));
  const run = defineRun(file({ source, encoding: 'latin1', columns: { headline: 'text' } }));
  await using model = await openRun((await trainRun(run, { out: folder })).folder);
  const predicted = [];
  for await (const one of model.predictRows(model.openRows(source))) predicted.push(one);
  expect(predicted).toHaveLength(60);
  expect(predicted.every((one) => 'tasks' in one)).toBe(true);
  expect(predicted[0]).toEqual({ ...(await model.predict(['Café 0']))[0], tasks: expect.anything() });
});

it('words among the numbers of later rows are told', async () => {
  const folder = temporaryFolder();
  const tasks: RunFile['tasks'] = { topic: { type: 'classify', column: 'topic' } };
  const line = (size: string | number, at: number) => `${size},${at % 2 ? 'p' : 'q'},${at % 3 ? 'x' : 'y'}\n`;
  const numbers = Array.from({ length: 40 }, (_, at) => line(at / 2, at)).join('');
  const source = write(folder, 'sizes.csv', `size,kind,topic\n${numbers}`);
  const inputs: RunFile['inputs'] = { row: { type: 'table', columns: ['size', 'kind'] } };
  const { folder: trained } = await trainRun(defineRun(file({ source }, { inputs, tasks })), { out: folder });
  await using model = await openRun(trained);
  const later = write(folder, 'later.csv', `size,kind,topic\n${line('tall', 0)}${line('NA', 1)}${line(3, 2)}`);
  const of = async (on: string) => (await model.evaluate({ file: on })).notes.filter(({ code }) => code === 'E2338');
  expect(await of(later)).toEqual([
    {
      code: 'E2338',
      path: 'inputs.row.columns.0',
      message:
        '1 of 3 cells of the column "size" are no numbers, as those of training were, such as "tall": they count as missing.',
    },
  ]);
  expect(await of(source)).toEqual([]);
});
