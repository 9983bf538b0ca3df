import { PolytaskError } from '@polytask/base';
import { describe, expect, it } from 'vitest';
import { loadExamples } from './dataset.ts';
import type { Schema } from './example.ts';
import { readCsv } from './sources/read-csv.ts';
import { readJsonl } from './sources/read-jsonl.ts';
import { stream } from './sources/sources.fixture.ts';

const schema: Schema = {
  id: 'id',
  inputs: { text: { column: 'text', type: 'text' } },
  tasks: { topic: { column: 'topic', type: 'label' }, stars: { column: 'stars', type: 'number' } },
  bad: { maxFraction: 0.9 },
};

const jsonl = (...rows: unknown[]) =>
  readJsonl(stream(rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')), {
    name: 'x.jsonl',
  });

const failure = async (loading: Promise<unknown>): Promise<PolytaskError> => {
  const error = await loading.catch((reason) => reason);
  if (!PolytaskError.is(error)) throw new TypeError('Expected a PolytaskError.');
  return error;
};

describe('loadExamples', () => {
  it('reads texts and labels, missing ones as null', async () => {
    const source = readCsv(stream('id,text,topic,stars\na,Hello,sport, 4.5 \nb,World, ,\n'));
    const { examples, quarantine, unlabelled, problems } = await loadExamples(source, schema);
    expect(examples).toMatchObject([
      { id: 'a', row: 1, inputs: { text: 'Hello' }, labels: { topic: 'sport', stars: 4.5 } },
      { id: 'b', row: 2, inputs: { text: 'World' }, labels: { topic: null, stars: null } },
    ]);
    expect([quarantine, unlabelled]).toEqual([[], 1]);
    expect(problems).toMatchObject([{ code: 'E2207', row: 2, line: 3 }]);
  });

  it('takes labels from the rows alone that a column says', async () => {
    const source = readCsv(stream('id,text,topic,school\na,Hello,sport, 7 \nb,World,sport,8\nc,Sun,,7\n'));
    const where = { column: 'school', value: '7' };
    const { examples } = await loadExamples(source, {
      ...schema,
      tasks: { topic: { column: 'topic', type: 'label', where } },
    });
    expect(examples.map(({ labels }) => labels.topic)).toEqual(['sport', null, null]);
    const without = readCsv(stream('id,text,topic\na,Hello,sport\n'));
    const tasks: Schema['tasks'] = { topic: { column: 'topic', type: 'label', where } };
    expect((await failure(loadExamples(without, { ...schema, tasks }))).message).toContain('"school"');
  });

  it('takes numbers and booleans of JSON for labels, and absent keys for missing ones', async () => {
    const { examples } = await loadExamples(
      jsonl(
        { id: 7, text: 'a', topic: false, stars: 0 },
        { id: 'b', text: 'b', stars: null },
        { id: 'c', text: 12, topic: 3 },
      ),
      schema,
    );
    expect(examples.map(({ id, labels }) => [id, labels.topic, labels.stars])).toEqual([
      ['7', 'false', 0],
      ['b', null, null],
      ['c', '3', null],
    ]);
    expect(examples[2]?.inputs.text).toBe('12');
  });

  it('keeps lists and objects of a task of JSON, and joins the columns of a task of cells', async () => {
    const source = jsonl(
      { text: 'A', tags: ['x', 'y'], a: 1, b: 0 },
      { text: 'B', tags: { x: 1 }, a: null, b: true },
      { text: 'C', tags: ' x|y ', a: null },
      { text: 'D', a: 1, b: [1] },
    );
    const { examples, problems } = await loadExamples(source, {
      inputs: schema.inputs,
      tasks: { tags: { column: 'tags', type: 'json' }, answers: { columns: ['a', 'b'], type: 'cells' } },
      bad: { maxFraction: 0.9 },
    });
    expect(examples.map(({ labels }) => labels)).toEqual([
      { tags: '["x","y"]', answers: '{"a":"1","b":"0"}' },
      { tags: '{"x":1}', answers: '{"a":null,"b":"true"}' },
      { tags: 'x|y', answers: null },
    ]);
    expect(problems).toMatchObject([{ code: 'E2203', path: 'b', row: 4 }]);
    const missing = loadExamples(jsonl({ text: 'A', a: 1 }), {
      inputs: schema.inputs,
      tasks: { answers: { columns: ['a', 'c'], type: 'cells' } },
    });
    expect((await failure(missing)).problems).toMatchObject([{ code: 'E1404', path: 'tasks.answers.columns.1' }]);
  });

  it('refines examples, and sets aside those that cannot be', async () => {
    const { examples, quarantine } = await loadExamples(jsonl({ text: 'A', topic: 'x' }, { text: 'BB', topic: 'x' }), {
      ...schema,
      id: 'text',
      tasks: { topic: { column: 'topic', type: 'label' } },
      refine: (example) =>
        example.inputs.text!.length > 1
          ? { code: 'E2299', path: 'text', message: 'Too long.' }
          : { ...example, labels: { topic: 'y' } },
    });
    expect(examples).toMatchObject([{ id: 'A', labels: { topic: 'y' } }]);
    expect(quarantine).toMatchObject([{ row: 2, problem: { code: 'E2299', row: 2, path: 'text' } }]);
  });

  it('sets bad rows aside and counts equal problems', async () => {
    const rows = [
      { id: 'a', text: 'fine', topic: 'x', stars: 1 },
      { id: 'b', text: ' ', topic: 'x' },
      { id: 'c', topic: 'x' },
      { id: 'd', text: ['x'], topic: 'x' },
      { id: 'e', text: 'e', topic: { a: 1 } },
      { id: 'f', text: 'f', stars: '0x10' },
      { id: 'a', text: 'g', stars: 2 },
      { text: 'h', stars: 2 },
      '{"id": "i"',
    ];
    const { examples, quarantine, problems } = await loadExamples(jsonl(...rows), schema);
    expect(examples.map(({ id }) => id)).toEqual(['a']);
    expect(quarantine.map(({ row, problem }) => [row, problem.code])).toEqual([
      [2, 'E2201'],
      [3, 'E2201'],
      [4, 'E2202'],
      [5, 'E2203'],
      [6, 'E2204'],
      [7, 'E2206'],
      [8, 'E2205'],
      [9, 'E2113'],
    ]);
    expect(quarantine[4]?.problem).toMatchObject({
      file: 'x.jsonl',
      line: 6,
      message: 'Expected a finite number. Found "0x10".',
    });
    expect(quarantine[2]?.problem.fix).toBe('Write its words as one text with spaces between them.');
    expect(quarantine[3]?.problem.fix).toMatch(/multiLabel/);
    expect(quarantine[7]?.values).toBeNull();
    expect(problems[0]).toMatchObject({ code: 'E2201', path: 'text', row: 2, count: 2 });
    expect(problems).toHaveLength(7);
  });

  it('fails with all problems when too many rows are bad, or one with policy fail', async () => {
    const rows = [
      ...Array.from({ length: 98 }, (_, at) => ({ id: at, text: 'x', topic: 'y', stars: 1 })),
      { id: 98 },
      { id: 99 },
    ];
    const loose = await loadExamples(jsonl(...rows), { ...schema, bad: { maxFraction: 0.02 } });
    expect(loose.quarantine).toHaveLength(2);
    const error = await failure(loadExamples(jsonl(...rows), { ...schema, bad: {} }));
    expect(error).toMatchObject({ kind: 'data', code: 'E2208' });
    expect(error.message).toBe(
      'E2208 x.jsonl: 2 of 100 rows are bad; 1 % are allowed. Repair the rows, or raise data.bad.maxFraction.\n' +
        'E2201 text (x.jsonl:99) row 99: Expected a text. Found nothing. (2 times)',
    );
    const strict = await failure(loadExamples(jsonl(...rows), { ...schema, bad: { policy: 'fail', maxFraction: 1 } }));
    expect(strict.code).toBe('E2208');
  });

  it('names all missing columns in one usage error with the columns found', async () => {
    const error = await failure(loadExamples(jsonl({ id: 1, txt: 'a', stars: 1 }, { id: 2, txt: 'b' }), schema));
    expect(error.kind).toBe('usage');
    expect(error.problems.map(({ code, path, fix }) => [code, path, fix])).toEqual([
      ['E1404', 'inputs.text.column', 'Did you mean "txt"? Columns found: id, txt, stars.'],
      ['E1404', 'tasks.topic.column', 'Columns found: id, txt, stars.'],
    ]);
  });

  it('keeps further columns by the key that asks for them, and names it where they are missing', async () => {
    const options = { ...schema, columns: { 'split.column': 'patient' } };
    const row = (id: number, patient: unknown) => ({ id, text: 'a', topic: 'x', stars: 1, patient });
    const { examples } = await loadExamples(jsonl(row(1, ' p1 '), row(2, 7), row(3, null)), options);
    expect(examples.map(({ columns }) => columns)).toEqual(
      ['p1', '7', null].map((value) => ({ 'split.column': value })),
    );
    const error = await failure(loadExamples(jsonl({ id: 1, text: 'a', topic: 'x', stars: 1 }), options));
    expect(error.problems.map(({ code, path }) => [code, path])).toEqual([['E1404', 'split.column']]);
  });

  it('needs neither labels nor ids for prediction', async () => {
    const options = { ...schema, requireLabels: false };
    const { examples, problems } = await loadExamples(jsonl({ text: 'a' }, { text: 'b' }), options);
    expect(examples.map(({ id, labels }) => [id, labels.topic])).toEqual([
      ['row-1', null],
      ['row-2', null],
    ]);
    expect(problems).toEqual([]);
    expect((await failure(loadExamples(jsonl({ id: 1 }), options))).code).toBe('E1404');
  });

  it('refuses a file without rows and a fraction that is none', async () => {
    expect((await failure(loadExamples(readCsv(stream('id,text,topic,stars\n')), schema))).code).toBe('E2209');
    await expect(loadExamples(jsonl({}), { ...schema, bad: { maxFraction: 5 } })).rejects.toThrow(RangeError);
  });

  it('takes a column called __proto__ for a column', async () => {
    const { examples } = await loadExamples(jsonl('{"__proto__": "x", "t": "a"}'), {
      inputs: { text: { column: 't', type: 'text' } },
      tasks: { ['__proto__']: { column: '__proto__', type: 'label' } },
    });
    expect(Object.entries(examples[0]!.labels)).toEqual([['__proto__', 'x']]);
  });
});
