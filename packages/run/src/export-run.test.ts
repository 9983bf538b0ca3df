import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportRun } from './export-run.ts';
import { temporaryFolder, tinyRun } from './testing/tiny-run.fixture.ts';
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
