import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CleaningReport } from '@polytask/data';
import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.ts';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { compareSingleTask } from './single-task.ts';
import { failure, temporaryFolder, tinyFile, tinyRows, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

type Clean = NonNullable<NonNullable<RunFile['data']>['clean']>;
const train = { steps: 2, batch: 8 } as const;
const json = <T>(...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as T;

/** The tiny rows with remnants of HTML, two rows again under other ids, and a column of sizes. */
const dirtyRows = () => {
  const rows = tinyRows().map((row, at) => ({
    ...row,
    text: `<p>${row.text}</p>`,
    size: at === 7 ? '' : `${at}.0`,
    code: `0${at}`,
  }));
  return [...rows, { ...rows[0]!, id: 'again0' }, { ...rows[1]!, id: 'again1' }];
};

const dirtyRun = (clean: Clean, changes: Partial<RunFile> = {}, rows: readonly unknown[] = dirtyRows()) => {
  const file = tinyFile(writeRows(join(temporaryFolder(), 'rows.jsonl'), rows), { train, ...changes });
  return defineRun({ ...file, data: { ...file.data, clean } });
};
const steps: Clean = [
  { type: 'cleanText', columns: ['text'] },
  { type: 'dropDuplicateRows', columns: ['text'] },
];

describe('data.clean', () => {
  it('changes texts and drops rows before training, and says so', async () => {
    const prepared = await prepare(dirtyRun(steps));
    expect(prepared.data.examples).toHaveLength(60);
    expect(prepared.whole.data.examples).toHaveLength(62);
    expect(prepared.data.examples[0]!.inputs.text!.trim()).toBe(tinyRows()[0]!.text);
    const parts = Object.values(prepared.split).map(({ length }) => length);
    expect(parts.reduce((sum, length) => sum + length)).toBe(60);
    const said = prepared.notes.filter(({ code }) => code === 'E2237');
    expect(said.map(({ path, message }) => [path, message])).toEqual([
      ['data.clean.0', 'Clean text changed 62 cells of 1 column.'],
      ['data.clean.1', expect.stringMatching(/^Drop duplicate rows set 2 rows aside \(\d of training\)\.$/)],
    ]);
    const { rows, quarantined } = await checkRun(dirtyRun(steps), { out: temporaryFolder() });
    expect([rows, quarantined]).toEqual([62, 2]);
  });

  it('writes down what it did, and is the same again for evaluation, other files and new texts', async () => {
    const out = temporaryFolder();
    const { folder, test } = await trainRun(dirtyRun(steps), { out });
    const report = json<CleaningReport>(folder, 'cleaning.json');
    expect([report.rowsBefore, report.rowsAfter]).toEqual([62, 60]);
    const away = readFileSync(join(folder, 'quarantine.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(away.map(({ id, step, problem }) => [id, step, problem.code])).toEqual([
      [expect.any(String), 'drop duplicate rows', 'E2231'],
      [expect.any(String), 'drop duplicate rows', 'E2231'],
    ]);
    await using model = await openRun(folder);
    const { tasks, examples } = await model.evaluate();
    expect(examples).toBe((await prepare(dirtyRun(steps))).split.test.length);
    for (const task of ['topic', 'sentiment'])
      expect([tasks[task]!.labels, tasks[task]!.metrics]).toEqual([test![task]!.labels, test![task]!.metrics]);
    const [tagged, plain] = await model.predict(['<b>goal &amp; match</b>', 'goal & match']);
    expect(tagged!.tasks).toEqual(plain!.tasks);
    // a repeated row counts once in an evaluation, and not at all among predictions
    const again = writeRows(join(out, 'again.jsonl'), [...tinyRows().slice(0, 5), { ...tinyRows()[1], id: 'b' }]);
    expect(await model.evaluate({ file: again })).toMatchObject({
      examples: 5,
      notes: [{ code: 'E2237' }, { code: 'E2231' }],
    });
    const rows = [1, 2].map((row) => ({ row, line: row, values: { text: '<i>team</i>' } }));
    const predicted = [];
    for await (const one of model.predictRows(
      (async function* () {
        yield* rows;
      })(),
    ))
      predicted.push(one);
    expect(predicted).toHaveLength(2);
  });

  it('predicts texts alone where steps work on all columns', async () => {
    const everywhere: Clean = [
      { type: 'cleanText' },
      { type: 'fillMissing', by: 'mode' },
      { type: 'outliers', by: { type: 'iqr' }, action: 'clip' },
    ];
    const { folder } = await trainRun(dirtyRun(everywhere), { out: temporaryFolder() });
    await using model = await openRun(folder);
    const [tagged, plain] = await model.predict(['<b>goal &amp; match</b>', 'goal & match']);
    expect(tagged!.tasks).toEqual(plain!.tasks);
  });

  it('is resumed to the same weights, and compared with single tasks on the same examples', async () => {
    const whole = await trainRun(dirtyRun(steps, { train: { ...train, steps: 4 } }), { out: temporaryFolder() });
    const stop = new AbortController();
    const cut = await trainRun(dirtyRun(steps, { train: { ...train, steps: 4 } }), {
      out: temporaryFolder(),
      signal: stop.signal,
      onEvent: (event) => event.type === 'step' && event.step === 2 && stop.abort(),
    });
    expect(cut.reason).toBe('interrupted');
    const resumed = await resumeRun(cut.folder);
    expect(resumed.test).toEqual(whole.test);
    const { joint, single } = await compareSingleTask(whole.folder);
    expect(joint.tasks).toEqual(whole.test);
    expect(Object.keys(single)).toEqual(['topic', 'sentiment']);
  });

  it('learns from training rows alone', async () => {
    const split: RunFile['split'] = { by: 'time', column: 'day', fractions: [0.5, 0.25, 0.25] };
    const rows = tinyRows().map((row, at) => {
      const isTraining = at < 30;
      const topic = at % 2 === 0 ? null : isTraining ? ['finance', 'sports', 'finance'][at % 3]! : 'marker';
      return {
        ...row,
        day: at,
        topic,
        size: isTraining ? (at === 3 ? null : at) : 1e9,
        text: isTraining ? `${row.text}` : `${row.text} marker`,
      };
    });
    const clean: Clean = [
      { type: 'removeLabelLeaks', text: 'text', label: 'topic', action: 'all' },
      { type: 'fillMissing', by: 'mode', columns: ['topic'] },
      { type: 'fillMissing', by: 'median', columns: ['size'] },
      { type: 'outliers', by: { type: 'quantile', low: 0, high: 1 }, action: 'clip', columns: ['size'] },
    ];
    const { data, specs, cleaning } = await prepare(dirtyRun(clean, { split }, rows));
    expect(data.examples[40]!.labels.topic).toBe('finance');
    expect(data.examples[41]!.labels.topic).toBe('marker');
    expect(data.examples[41]!.inputs.text).toContain('marker');
    expect(JSON.stringify(specs.cleaning)).not.toMatch(/marker|1e\+?9|1000000000/);
    expect(cleaning!.report.steps[3]!.columns.size!.examples[0]).toMatchObject({ before: 1e9, after: 29 });
  });

  it('leaves cells that no step changed as they are written', async () => {
    const rows = tinyRows().map((row, at) => ({
      ...row,
      topic: at % 2 === 0 ? '1.0' : '007',
      sentiment: at % 3 === 0 ? null : row.sentiment,
    }));
    const { data } = await prepare(dirtyRun([{ type: 'fillMissing', by: 'mode', columns: ['sentiment'] }], {}, rows));
    expect(new Set(data.examples.map(({ labels }) => labels.topic))).toEqual(new Set(['1.0', '007']));
    expect(data.examples.every(({ labels }) => labels.sentiment === 'good' || labels.sentiment === 'bad')).toBe(true);
  });

  it('sets texts aside of which nothing is left', async () => {
    const rows = [...tinyRows(), { id: 'empty', text: '<br>', topic: 'sports', sentiment: 'good' }];
    const { data, cleaning } = await prepare(dirtyRun([{ type: 'cleanText' }], {}, rows));
    expect(data.examples).toHaveLength(60);
    expect(cleaning!.quarantine).toMatchObject([{ id: 'empty', row: 61, problem: { code: 'E2235' } }]);
  });

  it('says at its place what does not fit', async () => {
    const wrong = await failure(() => prepare(dirtyRun([{ type: 'cleanText', columns: ['txet'] }])));
    expect(wrong.message).toMatch(/^E1214 data\.clean\.0.*"cleanText".*Did you mean "text"\?/);
    const gone = await failure(() => prepare(dirtyRun([{ type: 'dropMissingColumns', maxFraction: 0.1 }])));
    expect(gone.problems.map(({ code, path }) => [code, path])).toEqual([
      ['E2236', 'tasks.topic.column'],
      ['E2236', 'tasks.sentiment.column'],
    ]);
    const unknown = await failure(() => dirtyRun([{ type: 'cleanText', colums: ['text'] } as never]));
    expect(unknown.message).toMatch(/E1207 data\.clean\.0\.colums.*Did you mean "columns"\?/);
    const name = await failure(() => dirtyRun([{ type: 'dropDuplicates' } as never]));
    expect(name.message).toMatch(
      /E1206 data\.clean\.0\.type.*Unknown name "dropDuplicates"\. Did you mean "dropDuplicateRows"\?/,
    );
    const bad = await failure(() =>
      dirtyRun([{ type: 'outliers', action: 'clip', by: { type: 'quantile', low: 0.9, high: 0.1 } }]),
    );
    expect(bad.message).toMatch(/E1205 data\.clean\.0: .*expected 0 ≤ low < high ≤ 1/);
  });
});
