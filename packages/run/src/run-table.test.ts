import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import { openRunTable } from './run-table.ts';
import { temporaryFolder, tinyFile, tinyRows, writeRows } from './testing/tiny-run.fixture.ts';

describe('openRunTable', () => {
  it('has the rows of all files with their places, and only the labels that the run takes from each', async () => {
    const folder = temporaryFolder();
    const labelled = tinyRows().map((row) => ({ ...row, topic: 'sports', sentiment: 'good', size: 1.5 }));
    const one = writeRows(join(folder, 'one.jsonl'), [...labelled.slice(0, 20), '{"broken"']);
    const two = writeRows(join(folder, 'two.jsonl'), labelled.slice(20));
    const { data: _, ...file } = tinyFile(one);
    const run = defineRun({
      ...file,
      data: { sources: [{ source: one, tasks: ['topic'] }, { source: two }], id: 'id' },
    });
    const found = await openRunTable(run);
    expect(found.sources.map(({ rows, hidden }) => [rows, hidden])).toEqual([
      [20, ['sentiment']],
      [40, []],
    ]);
    expect(found.table.columns.sentiment!.values.slice(18, 22)).toEqual([null, null, 'good', 'good']);
    expect(found.table.columns.size!.values[0]).toBe(1.5);
    expect([found.fileOf[20], found.rowOf[20], found.rowNumbers[20]]).toEqual([1, 1, 22]);
    expect(found.quarantine).toMatchObject([{ file: one, row: 21, problem: { code: 'E2113' } }]);
    expect(found.notes.filter(({ code }) => code === 'E2113')).toHaveLength(1);
    const { train, validation, test } = found.parts!;
    expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, at) => at));
    const first = await openRunTable(run, { limit: 10 });
    expect([first.table.rowCount, first.limit]).toEqual([20, 10]);
  });

  it('has the tasks of a family as one, which all its rows have labels of', async () => {
    const file = writeRows(
      join(temporaryFolder(), 'rows.jsonl'),
      tinyRows().map((row, at) => ({ ...row, price: at })),
    );
    const price = {
      type: 'regress' as const,
      column: 'price',
      each: { column: 'topic', values: ['sports', 'finance'] },
    };
    const found = await openRunTable(defineRun(tinyFile(file, { tasks: { price } })));
    expect([found.tasks, found.labels]).toEqual([{ price: 'price' }, { price: 'numbers' }]);
  });

  it('says what labels are that are no classes, and what the model reads', async () => {
    const rows = tinyRows().map((row, at) => ({
      ...row,
      tags: `O${' O'.repeat(String(row.text).split(' ').length - 1)}`,
      genres: at % 2 ? 'red; blue' : 'red',
      price: at,
    }));
    const file = writeRows(join(temporaryFolder(), 'rows.jsonl'), rows);
    const tiny = tinyFile(file);
    const found = await openRunTable(
      defineRun({
        ...tiny,
        inputs: { text: { type: 'text', column: 'text', encoder: { type: 'transformer', layers: 1, width: 8 } } },
        tasks: {
          topic: { type: 'classify', column: 'topic' },
          tags: { type: 'tag', column: 'tags' },
          genres: { type: 'multiLabel', column: 'genres', separator: ';' },
          price: { type: 'regress', column: 'price' },
        },
      }),
    );
    const { tags, genres, ...others } = found.labels!;
    expect(others).toEqual({ price: 'numbers' });
    expect([tags, genres].map((kind) => (typeof kind === 'function' ? kind('red; blue') : kind))).toEqual([
      ['red;', 'blue'],
      ['red', 'blue'],
    ]);
    expect([found.inputs, found.files]).toEqual([['text'], []]);
  });
});
