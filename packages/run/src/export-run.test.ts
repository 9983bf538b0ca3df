import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunFile } from './config/schema.ts';
import { exportRun } from './export-run.ts';
import { openRun } from './open-run.ts';
import { temporaryFolder, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

it('exports a run as a file that names its inputs, outputs, classes and encoder', async () => {
  const folder = temporaryFolder();
  const run = tinyRun(folder, { train: { epochs: 1, batch: 8 } });
  const trained = await trainRun(run, { out: join(folder, 'runs') });

  const { file, inputs, labels } = await exportRun(trained.folder);

  expect(inputs).toEqual({
    ids: { dtype: 'int32', shape: ['batch', 'length'] },
    lengths: { dtype: 'int32', shape: ['batch'] },
  });
  expect(labels).toEqual({ topic: ['finance', 'sports'], sentiment: ['bad', 'good'] });
  const text = new TextDecoder().decode(file);
  for (const found of [
    JSON.stringify(labels),
    '["topic","sentiment"]',
    '"name":"ngrams"',
    '"buckets":256',
    'heads.topic.',
  ])
    expect(text).toContain(found);
});

it('names the labels in the order of the outputs, and those that no training example has', async () => {
  const folder = temporaryFolder();
  const rows = tinyRows().map((row, at) => ({
    ...row,
    size: ['small', 'medium', 'large'][at % 3],
    red: at % 2,
    blue: 0,
    amber: at % 3 === 0 ? 1 : 0,
    kind: at % 2 ? 'ball' : null,
  }));
  const tasks = {
    topic: { type: 'classify', column: 'topic' },
    kind: { type: 'classify', column: 'kind' },
    size: { type: 'ordinal', column: 'size', order: ['tiny', 'small', 'medium', 'large'] },
    colours: { type: 'multiLabel', columns: ['red', 'blue', 'amber'] },
  } satisfies RunFile['tasks'];
  const hierarchy = { kind: { parent: 'topic', under: { sports: ['ball', 'club'] } } };
  const given = rows.map((row, at) => (at === 1 ? { ...row, kind: 'club' } : row));
  const run = tinyRun(
    folder,
    {
      tasks,
      relations: { hierarchy },
      train: { epochs: 1, batch: 8 },
      split: { by: 'random', fractions: [1, 0, 0] } as never,
    },
    given,
  );
  const trained = await trainRun(run, { out: join(folder, 'runs') });
  const { labels, hierarchy: kept } = await exportRun(trained.folder);
  expect(labels.size).toEqual(['tiny', 'small', 'medium', 'large']);
  expect(labels.colours).toEqual(['amber', 'blue', 'red']);
  expect(kept).toEqual(hierarchy);
  await using opened = await openRun(trained.folder);
  expect(opened.labels).toEqual(labels);
});
