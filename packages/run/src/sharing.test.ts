import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { openRun } from './open-run.ts';
import { temporaryFolder, tinyFile, tinyRows, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const rows = writeRows(join(folder, 'rows.jsonl'), tinyRows());

const ways: NonNullable<RunFile['sharing']>[] = [
  { type: 'hard', hidden: [8], dropout: 0.1 },
  { type: 'soft', hidden: [8] },
  { type: 'crossStitch', hidden: [8, 8] },
  { type: 'mmoe', experts: 3, hidden: [8] },
  { type: 'omoe', hidden: [8] },
  { type: 'cgc', shared: 1, specific: 1, hidden: [8] },
  { type: 'ple', shared: 1, specific: 1, hidden: [8, 8] },
  { type: 'mtan', hidden: [8, 8] },
  { type: 'film' },
  { type: 'adapters', width: 4 },
  { type: 'lora', units: 8, rank: 2, frozen: false },
  { type: 'taskAttention', hidden: [8] },
  { type: 'hard', outputs: { type: 'attention' } },
];

describe.each(ways.map((way) => [way.type + ('outputs' in way ? ' with outputs' : ''), way] as const))(
  '%s',
  (_, sharing) => {
    test('trains from a run file and predicts from its folder', async () => {
      const run = defineRun(
        tinyFile(rows, { sharing, train: { epochs: 4, batch: 16, optimizer: { learningRate: 0.03 } } }),
      );
      const summary = await trainRun(run, { out: join(folder, 'runs') });
      expect(summary.reason).toBe('finished');
      expect(summary.validation!.topic!.loss).toBeGreaterThan(0);
      await using opened = await openRun(summary.folder);
      const [first] = await opened.predict(['team goal great']);
      expect(Object.keys(first!.tasks)).toEqual(['topic', 'sentiment']);
    });
  },
);

test('options that do not fit are named', () => {
  const checked = (sharing: unknown) => () => defineRun(tinyFile(rows, { sharing: sharing as never }));
  expect(checked({ type: 'mmoe', expert: 3 })).toThrow('Did you mean "experts"?');
  expect(checked({ type: 'mmo' })).toThrow('Did you mean "mmoe"?');
  expect(checked({ type: 'cgc', shared: 0, specific: 0 })).toThrow('expected at least one expert');
});
