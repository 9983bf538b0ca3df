import { readFileSync, writeFileSync } from 'node:fs';
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
    expect(notes.find(({ code }) => code === 'E2154')).toMatchObject({
      path: 'data.sources.1.labels.mood',
      file: tweets,
    });
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
    const paths = { E2151: 'data.join.0.conflicts', E2152: 'data.join.0.on', E2158: 'data.join.0' };
    for (const [code, path] of Object.entries(paths)) expect(notes.find((note) => note.code === code)!.path).toBe(path);
    expect(notes.filter(({ code }) => code === 'E2158').map(({ message }) => message)).toEqual([
      '2 rows have no partner in the join.',
      '1 row has no partner in the join.',
    ]);
    // keys that nobody has are the reason why a joined column is nowhere
    const strange = write(folder, 'strange.csv', 'id,mood\n/a,up\n/b,down\n');
    const lost = await failure(() =>
      readData(defineRun(file({ source, id: 'id', join: [{ source: strange, on: 'id' }] })).config),
    );
    expect(lost.problems.map(({ code, path }) => [code, path])).toEqual([
      ['E1404', 'tasks.mood.column'],
      ['E2158', 'data.join.0'],
      ['E2158', 'data.join.0'],
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
    expect(error.problems[1]).toMatchObject({ count: 4, path: 'data.labels.topic', row: 1 });
  });

  it('is refused where it is the column of a join, and the key that JavaScript would lose', async () => {
    const folder = temporaryFolder();
    const source = write(folder, 'rows.csv', rows);
    const second = write(folder, 'more.csv', 'txt,age\none,1\n');

    const join = await failure(() =>
      readData(defineRun(file({ source, join: [{ source: second, on: 'text' }] })).config),
    );
    expect(join.problems).toMatchObject([{ code: 'E1404', path: 'data.join.0.on', file: second }]);

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
    const source = write(temporaryFolder(), 'rows.csv', rows('--5', 'ten'));

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
    const source = write(temporaryFolder(), 'rows.csv', rows('ten'));
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

  const tellingRun = async (lines: string) => {
    const out = temporaryFolder();
    const run = defineRun(file({ source: write(out, 'tagged.csv', lines) }));
    const { folder } = await trainRun(run, { out });
    return { folder, splitNotes: (await openRunTable(run)).splitNotes.map(({ code }) => code) };
  };

  it('are told by task, unless cleaning removes what says them', async () => {
    const tagged = rows((mood, at) => (at % 2 ? `#${mood}` : 'today'));
    const [leak, ...others] = await leaks(tagged);
    const { folder, splitNotes } = await tellingRun(tagged);
    expect(splitNotes).not.toContain('E2325');
    expect(readFileSync(join(folder, 'split.lock.json'), 'utf8')).not.toContain('E2325');

    expect(others).toEqual([]);
    expect(leak).toMatchObject({ path: 'tasks.mood' });
    expect(leak!.message).toMatch(/"#?(happy|angry|sad)" stands in 1\d training rows, and 100 % of them are/);
    expect(await leaks(tagged, { clean: [{ type: 'removeLabelLeaks', text: 'text', label: 'mood' }] })).toEqual([]);
    expect(await leaks(rows((_, at) => moods[Math.floor(at / 3) % 3]!))).toEqual([]); // said in passing
  });
});

it('labels of an ARFF file that are ? are missing one by one, and a row of them has no labels', async () => {
  const cells = ['1,0,?', '?,?,?', "'1',0,1", '0,?,0'].map(
    (labels, at) => `${at},${at === 3 ? '?' : at / 2},${labels}`,
  );
  const attributes = ['a', 'b']
    .map((name) => `@attribute ${name} numeric`)
    .concat(['happy', 'sad', 'calm'].map((name) => `@attribute ${name} {0,1}`));
  const text = ['@relation music', ...attributes, '@data', ...cells].join('\n');
  const { examples, notes } = await readData(
    defineRun(
      file(
        { source: write(temporaryFolder(), 'music.arff', text) },
        {
          inputs: { row: { type: 'table', columns: ['a', 'b'] } },
          tasks: { mood: { type: 'multiLabel', columns: ['happy', 'sad', 'calm'] } },
        },
      ),
    ).config,
  );
  expect(examples.map(({ labels }) => labels.mood)).toEqual([
    '{"happy":1,"sad":0,"calm":null}',
    null,
    '{"happy":1,"sad":0,"calm":1}',
    '{"happy":0,"sad":null,"calm":0}',
  ]);
  expect(examples[3]!.inputs.row).toBe('{"a":3,"b":null}');
  expect(notes).toMatchObject([{ code: 'E2207', row: 2 }]);
});

describe('cells that say that they are missing', () => {
  const cells = (mark: string, price = (at: number) => String(at)) =>
    `size,kind,price,topic\n${Array.from({ length: 60 }, (_, at) => `${at % 20 ? at * 1.5 : mark},${at === 7 ? 'NA' : 'pq'[at % 2]},${price(at)},${'xy'[at % 2]}\n`).join('')}`;
  const of = (text: string, data: RunFile['data'] = {}, tasks?: RunFile['tasks']) =>
    defineRun(
      file(
        { source: write(temporaryFolder(), 'rows.csv', text), ...data },
        {
          inputs: { row: { type: 'table', columns: ['size', 'kind'] } },
          tasks: tasks ?? { topic: { type: 'classify', column: 'topic' } },
        },
      ),
    );
  const told = async (made: ReturnType<typeof of>, code: string) =>
    (await checkRun(made)).notes.filter((note) => note.code === code);

  it('do not make a column of numbers one of texts where they are the usual words, and are counted', async () => {
    for (const mark of ['?', 'NA', 'n/a', 'NaN', 'null', '-']) {
      const [note, ...others] = await told(of(cells(mark)), 'E2327');
      expect(others).toEqual([]);
      expect(note).toMatchObject({ path: 'inputs.row.columns.0' });
      expect(note!.message).toMatch(
        /^\d training cells of the column "size" say "[^"]+" \(\d\): they count as missing/,
      );
      expect(await told(of(cells(mark)), 'E2326')).toEqual([]);
    }
    expect(await told(of(cells('')), 'E2327')).toEqual([]);
  });

  it('make it one of texts where they are other words, which is told, unless the source names them', async () => {
    const [note, ...others] = await told(of(cells('gone')), 'E2326');
    expect(others).toEqual([]);
    expect(note).toMatchObject({ path: 'inputs.row.columns.0', fix: expect.stringContaining('missing: ["gone"]') });
    expect(note!.message).toMatch(
      /"size" counts as texts, not as numbers: \d of 48 training cells are none, such as "gone"/,
    );
    const named = of(cells('gone'), { missing: ['gone', 'NA'] });
    expect(await told(named, 'E2326')).toEqual([]);
    const { examples } = await readData(named.config);
    expect(examples[0]!.inputs.row).toBe('{"size":null,"kind":"p"}');
    expect(examples[7]!.inputs.row).toBe('{"size":"10.5","kind":null}');
    const { examples: asWritten } = await readData(of(cells('gone')).config);
    expect(asWritten[7]!.inputs.row).toBe('{"size":"10.5","kind":"NA"}');
  });

  it('are named for each of several sources, with numbers and labels among them', async () => {
    const folder = temporaryFolder();
    const one = write(folder, 'one.jsonl', '{"text":"a","topic":"x","mood":-9}\n{"text":"b","topic":"-","mood":1}\n');
    const other = write(folder, 'other.csv', 'text,topic,mood\nc,-,2\n');
    const { examples } = await readData(
      defineRun(file({ sources: [{ source: one, missing: ['-', -9] }, { source: other }] })).config,
    );
    expect(examples.map(({ labels: { topic, mood } }) => [topic, mood])).toEqual([
      ['x', null],
      [null, '1'],
      ['-', '2'],
    ]);
    const { problems } = await failure(() => defineRun(file({ sources: [{ source: one }], missing: ['-'] })));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([['E1209', 'data.missing']]);
  });

  it('are no labels of numbers, and counted', async () => {
    const price = (at: number) => (at % 10 === 3 ? 'NA' : String(at));
    const made = of(cells('', price), {}, { price: { type: 'regress', column: 'price' } });
    const [note] = await told(made, 'E2327');
    expect(note).toMatchObject({
      path: 'tasks.price',
      message: expect.stringContaining('6 labels of the column "price" say "NA" (6)'),
    });
    const { examples, quarantine } = await readData(made.config);
    expect([examples[3]!.labels.price, quarantine.length]).toEqual([null, 0]);
  });
});
