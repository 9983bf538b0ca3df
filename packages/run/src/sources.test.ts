import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@polytask/data';
import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.ts';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { readData, readFile } from './data/read-data.ts';
import { openRun } from './open-run.ts';
import { openRunTable } from './run-table.ts';
import { failure, temporaryFolder } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const write = (folder: string, name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const file = (data: RunFile['data'], more: Partial<RunFile> = {}): RunFile => ({
  version: 1,
  name: 'mapped',
  data,
  inputs: { text: { type: 'text', column: 'text', encoder: { type: 'ngrams', buckets: 64, width: 4 } } },
  tasks: { topic: { type: 'classify', column: 'topic' }, mood: { type: 'classify', column: 'mood' } },
  train: { epochs: 1, batch: 8 },
  ...more,
});

describe('sources that say the same in other words', () => {
  it('are read under the names of the run, each in its encoding, and labels that no mapping names are told', async () => {
    const folder = temporaryFolder();
    const news = write(folder, 'news.csv', 'headline,topic,text\nUp,money,own words\nGoal,sport,more words\n');
    const tweets = write(
      folder,
      'tweets.csv',
      Buffer.from('text;mood\nCafé au lait;4\nWhat a day;0\nHm;2\n', 'latin1'),
    );
    const { config } = defineRun(
      file({
        sources: [
          { source: news, tasks: ['topic'], columns: { headline: 'text' } },
          {
            source: tweets,
            tasks: ['mood'],
            encoding: 'latin1',
            labels: { mood: { '4': 'good', '0': 'bad' } },
          },
        ],
      }),
    );
    const { examples, notes } = await readData(config);
    expect(examples.map(({ inputs, labels }) => [inputs.text, labels.topic, labels.mood])).toEqual([
      ['Up', 'money', null],
      ['Goal', 'sport', null],
      ['Café au lait', null, 'good'],
      ['What a day', null, 'bad'],
      ['Hm', null, null],
    ]);
    expect(notes.map(({ code }) => code)).toContain('E2154');
  });

  it('take columns of joined files by a key, and tell conflicts, repeated keys and rows without a partner', async () => {
    const folder = temporaryFolder();
    const source = write(
      folder,
      'texts.jsonl',
      ['a', 'b', 'c', 'd']
        .map((id) => JSON.stringify({ id, text: `text ${id}`, topic: id === 'a' ? 'x' : null }))
        .join('\n'),
    );
    const labels = write(folder, 'labels.csv', 'key,feeling,topic\na,up,y\nb,down,y\nb,up,y\nz,up,x\n');
    const joined = (how: 'left' | 'inner', conflicts: 'left' | 'right') =>
      readData(
        defineRun(
          file({
            source,
            id: 'id',
            join: [{ source: labels, on: 'id', how, conflicts, columns: { key: 'id', feeling: 'mood' } }],
          }),
        ).config,
      );
    const { examples, notes } = await joined('left', 'left');
    expect(examples.map(({ id, row, labels: { topic, mood } }) => [id, row, topic, mood])).toEqual([
      ['a', 1, 'x', 'up'],
      ['b', 2, 'y', 'down'],
      ['c', 3, null, null],
      ['d', 4, null, null],
    ]);
    expect(new Set(notes.map(({ code }) => code))).toEqual(new Set(['E2207', 'E2151', 'E2152', 'E2158']));
    expect(notes.filter(({ code }) => code === 'E2158').map(({ message }) => message)).toEqual([
      '2 rows have no partner in the join.',
      '1 row has no partner in the join.',
    ]);
    const inner = await joined('inner', 'right');
    expect(inner.examples.map(({ id, labels: { topic } }) => [id, topic])).toEqual([
      ['a', 'y'],
      ['b', 'y'],
    ]);
  });

  it('join a table to a folder of images', async () => {
    const folder = temporaryFolder();
    for (const name of ['one', 'two']) {
      const data = new Uint8Array(12).fill(name.length * 20);
      writeFileSync(join(folder, `${name}.png`), await encodePng({ dtype: 'uint8', shape: [2, 2, 3], data }));
    }
    const table = write(temporaryFolder(), 'labels.csv', 'file,topic,mood\none.png,x,good\ntwo.png,y,bad\n');
    const { config } = defineRun(
      file(
        { source: folder, join: [{ source: table, on: 'file' }] },
        { inputs: { picture: { type: 'image', column: 'path', size: 2 } } },
      ),
    );
    const { examples, media } = await readData(config);
    expect(examples.map(({ labels }) => labels)).toEqual([
      { topic: 'x', mood: 'good' },
      { topic: 'y', mood: 'bad' },
    ]);
    for (const { id } of examples) expect(await media!.read(id)).toMatchObject({ shape: [2, 2, 3] });
  });

  it('are cleaned, trained on, reported and evaluated like any others', async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 60 }, (_, at) => `${at},"  word${at % 2}  number ${at}  ",${at % 2 ? 'p' : 'n'}`);
    const source = write(folder, 'rows.csv', ['nr,headline,code', ...rows].join('\n'));
    const more = write(folder, 'more.csv', ['nr,topic', ...rows.map((_, at) => `${at},${at % 3}`)].join('\n'));
    const run = defineRun(
      file({
        source,
        id: 'nr',
        columns: { headline: 'text', code: 'mood' },
        labels: { mood: { p: 'positive', n: 'negative' } },
        join: [{ source: more, on: 'nr' }],
        clean: [{ type: 'cleanText' }],
      }),
    );
    expect((await checkRun(run, { out: folder })).tasks.mood?.labels).toEqual(['negative', 'positive']);
    const table = await openRunTable(run);
    expect(Object.keys(table.table.columns).sort()).toEqual(['mood', 'nr', 'text', 'topic']);
    const summary = await trainRun(run, { out: folder });
    await using model = await openRun(summary.folder);
    const judged = await model.evaluate({ file: source });
    expect(judged.tasks.mood?.labels).toBe(60);
    expect(judged.tasks.topic?.labels).toBe(60);
  });

  it('are refused where two columns become one, or names stand where they mean nothing', async () => {
    const { problems } = await failure(() =>
      defineRun(
        file({
          sources: [{ source: 'a.csv', columns: { headline: 'text', title: 'text' } }, { source: 'b.csv' }],
          encoding: 'latin1',
        }),
      ),
    );
    expect(problems).toMatchObject([
      { code: 'E1209', path: 'data.sources.0.columns.title' },
      { code: 'E1209', path: 'data.encoding' },
    ]);
  });
});

describe('what is misspelt in mappings', () => {
  const rows = 'text,topic,mood\none,x,good\ntwo,y,bad\nthree,x,good\nfour,y,bad\n';

  it('is told of columns that no row has, but not of files that need no labels', async () => {
    const folder = temporaryFolder();
    const source = write(folder, 'rows.csv', rows);
    const { config } = defineRun(file({ source, columns: { texxt: 'words' }, labels: { mod: { good: 'fine' } } }));

    const { notes } = await readData(config);
    const { problems } = await readFile(config, source);

    expect(notes.filter(({ code }) => code === 'E2159').map(({ message }) => message)).toEqual([
      'No row has the column "texxt": it should be called "words".',
      'No row has the column "mod": its labels are mapped.',
    ]);
    expect(problems.filter(({ code }) => code === 'E2159')).toEqual([]);
  });

  it('is told beside a task that is left without labels by it', async () => {
    const source = write(temporaryFolder(), 'rows.csv', rows);

    const error = await failure(() => checkRun(defineRun(file({ source, labels: { topic: { X: 'money' } } }))));

    expect(error.problems.map(({ code }) => code)).toEqual(['E2301', 'E2154']);
    expect(error.problems[1]).toMatchObject({ count: 4, path: 'topic', row: 1 });
  });

  it('is refused where it is the column of a join, and the key that JavaScript would lose', async () => {
    const folder = temporaryFolder();
    const source = write(folder, 'rows.csv', rows);
    const second = write(folder, 'more.csv', 'txt,age\none,1\n');

    const join = await failure(() =>
      readData(defineRun(file({ source, join: [{ source: second, on: 'text' }] })).config),
    );
    expect(join.problems).toMatchObject([{ code: 'E1404', path: 'text', file: second }]);

    const lost = JSON.parse('{ "__proto__": { "type": "classify", "column": "topic" } }') as RunFile['tasks'];
    const { mood } = file({}).tasks;
    Object.defineProperty(lost, 'mood', { value: mood, enumerable: true });
    expect(() => defineRun(file({ source }, { tasks: lost }))).toThrow(/"__proto__" cannot be used/);
  });
});

describe('labels that should be numbers', () => {
  const rows = (...bad: string[]) =>
    `text,topic,age\n${Array.from({ length: 40 }, (_, at) => `text ${at},${at % 2 ? 'x' : 'y'},${bad[at] ?? at}\n`).join('')}`;
  const tasks: RunFile['tasks'] = {
    topic: { type: 'classify', column: 'topic' },
    age: { type: 'regress', column: 'age' },
  };
  const checked = (source: string, data: RunFile['data'] = {}) =>
    checkRun(defineRun(file({ source, ...data }, { tasks })));

  it('make bad rows where they are none, each with its place', async () => {
    const source = write(temporaryFolder(), 'rows.csv', rows('--5', 'NaN'));

    const error = await failure(() => checked(source));
    expect(error.problems).toMatchObject([
      { code: 'E2208' },
      { code: 'E2303', path: 'age', row: 1, line: 2, count: 2 },
    ]);
    const { quarantine } = await readData(defineRun(file({ source, bad: { maxFraction: 0.1 } }, { tasks })).config);
    expect(quarantine.map(({ row, problem }) => [row, problem.code])).toEqual([
      [1, 'E2303'],
      [2, 'E2303'],
    ]);
  });

  it('may be made so by cleaning, and are refused before training where they are not', async () => {
    const source = write(temporaryFolder(), 'rows.csv', rows('n/a'));
    const clean: NonNullable<RunFile['data']>['clean'] = [{ type: 'cleanText', columns: ['text'] }];

    const error = await failure(() => checked(source, { clean }));
    expect(error.problems).toMatchObject([{ code: 'E2303', path: 'tasks.age', count: 1 }]);
    expect(error.problems[0]!.fix).toContain('"row-1" in the column "age"');
  });
});

describe('texts that say their labels', () => {
  const moods = ['happy', 'angry', 'sad'];
  const rows = (tag: (mood: string, at: number) => string) =>
    `text,topic,mood\n${Array.from({ length: 120 }, (_, at) => `word ${at} ${tag(moods[at % 3]!, at)},${at % 2 ? 'x' : 'y'},${moods[at % 3]}\n`).join('')}`;
  const leaks = async (text: string, data: RunFile['data'] = {}) => {
    const source = write(temporaryFolder(), 'tweets.csv', text);
    const { notes } = await checkRun(defineRun(file({ source, ...data })));
    return notes.filter(({ code }) => code === 'E2325');
  };

  it('are told by task, unless cleaning removes what says them', async () => {
    const tagged = rows((mood, at) => (at % 2 ? `#${mood}` : 'today'));
    const [leak, ...others] = await leaks(tagged);

    expect(others).toEqual([]);
    expect(leak).toMatchObject({ path: 'tasks.mood' });
    expect(leak!.message).toMatch(/"#?(happy|angry|sad)" stands in 1\d training rows, and 100 % of them are/);
    expect(await leaks(tagged, { clean: [{ type: 'removeLabelLeaks', text: 'text', label: 'mood' }] })).toEqual([]);
    expect(await leaks(rows((_, at) => moods[Math.floor(at / 3) % 3]!))).toEqual([]); // said in passing
  });
});

it('a column of numbers that one cell makes one of texts is told', async () => {
  const cells = (mark: string) =>
    `size,kind,topic\n${Array.from({ length: 60 }, (_, at) => `${at % 20 ? at * 1.5 : mark},${'pq'[at % 2]},${'xy'[at % 2]}\n`).join('')}`;
  const told = async (mark: string) => {
    const source = write(temporaryFolder(), 'rows.csv', cells(mark));
    const inputs: RunFile['inputs'] = { row: { type: 'table', columns: ['size', 'kind'] } };
    const { notes } = await checkRun(
      defineRun(file({ source }, { inputs, tasks: { topic: { type: 'classify', column: 'topic' } } })),
    );
    return notes.filter(({ code }) => code === 'E2326');
  };

  const [note, ...others] = await told('?');
  expect(others).toEqual([]);
  expect(note).toMatchObject({ path: 'inputs.row.columns.0' });
  expect(note!.message).toMatch(
    /"size" counts as texts, not as numbers: \d of 48 training cells are none, such as "\?"/,
  );
  expect(await told('')).toEqual([]);
});
