import { describe, expect, it } from 'vitest';
import { cleanTable } from '../cleaning/clean-table.ts';
import { fillMissing } from '../cleaning/fill-missing.ts';
import { readCsv } from '../sources/read-csv.ts';
import { stream } from '../sources/sources.fixture.ts';
import { table } from '../table/table.ts';
import { tableOf } from '../table/table-of.ts';
import { dataFacts } from './data-facts.ts';

const texts = Array.from(
  { length: 24 },
  (_, at) => `message number ${['one', 'two', 'three'][at % 3]} about ${at} things`,
);
const people = Array.from({ length: 24 }, (_, at) => `P${10 + Math.floor(at / 4)}`);
const mood = Array.from({ length: 24 }, (_, at) => ['good', 'bad'][at % 2]!);
const ages = Array.from({ length: 24 }, (_, at) => (at === 3 ? null : at));
const small = table({
  id: Array.from({ length: 24 }, (_, at) => `r${at}`),
  text: texts.map((text, at) => (at === 23 ? texts[0]! : text)),
  patient: people,
  age: ages,
  mood: mood.map((label, at) => (at === 5 ? null : label)),
  code: mood.map((label) => (label === 'good' ? 'A' : 'B')),
});
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
const parts = { train: rows(0, 14), validation: rows(14, 18), test: rows(18, 24) };

describe('dataFacts', () => {
  const facts = dataFacts({ name: 'small', table: small, parts, tasks: { mood: 'mood' }, ids: ['id'] });

  it('counts rows, parts, classes and missing cells', () => {
    expect(facts).toMatchObject({
      rows: 24,
      parts: [
        { part: 'train', rows: 14 },
        { part: 'validation', rows: 4 },
        { part: 'test', rows: 6 },
      ],
      overlap: { tasks: ['mood'], counts: [[23]], unlabelled: 1 },
    });
    expect(facts.classes[0]).toMatchObject({ task: 'mood', classes: ['good', 'bad'], unseen: [] });
    expect(facts.classes[0]!.parts[0]).toEqual({ part: 'train', counts: [7, 6], missing: 1 });
    expect(facts.missing.columns.map(({ column, missing }) => [column, missing])).toContainEqual(['age', 1]);
  });

  it('takes rows for repeated where more than labels are equal', () => {
    const pictures = table({ file: rows(0, 24).map((at) => `${at}.png`), mood });
    expect(dataFacts({ name: 'pictures', table: pictures, parts, tasks: { mood: 'mood' } }).repeated).toEqual([]);
    expect(dataFacts({ name: 'pictures', table: pictures, parts }).repeated).toMatchObject([{ of: 'rows', groups: 2 }]);
  });

  it('counts the names in labels that are several, and measures those that are numbers and texts', () => {
    const labels = table({
      text: ['a b', 'c d e', 'f', 'g'],
      tags: ['O B-x', 'O O B-x', 'B-y', null],
      price: [1.5, 2.5, null, 20],
      heard: ['ab', null, 'abcd', 'abc'],
    });
    const found = dataFacts({
      name: 'labels',
      table: labels,
      parts: { train: [0, 1, 2], test: [3] },
      tasks: { tags: 'tags', price: 'price', heard: 'heard' },
      labels: { tags: (label) => label.split(' '), price: 'numbers', heard: 'texts' },
      texts: ['text'],
    });
    expect(found.classes).toMatchObject([
      {
        task: 'tags',
        classes: ['O', 'B-x', 'B-y'],
        parts: [{ counts: [3, 2, 1], missing: 0 }, { missing: 1 }],
        unseen: [],
      },
    ]);
    expect(found.measured).toEqual([
      {
        task: 'price',
        of: 'numbers',
        parts: [
          { part: 'train', labels: 2, missing: 1, range: { lowest: 1.5, median: 2, mean: 2, highest: 2.5 } },
          { part: 'test', labels: 1, missing: 0, range: { lowest: 20, median: 20, mean: 20, highest: 20 } },
        ],
      },
      {
        task: 'heard',
        of: 'texts',
        parts: [
          { part: 'train', labels: 2, missing: 1, range: { lowest: 2, median: 3, mean: 3, highest: 4 } },
          { part: 'test', labels: 1, missing: 0, range: { lowest: 3, median: 3, mean: 3, highest: 3 } },
        ],
      },
    ]);
    // whole tag lists and transcripts are no categories
    expect(found.columns.flatMap(({ column, frequent }) => (frequent ? [column] : []))).toEqual([]);
    expect(found.distributions.map(({ column }) => column)).toEqual(['price']);
    expect(found.giveAways.map(({ task }) => task)).toEqual(['price']);
  });

  it('knows the columns of the input, and compares files by their paths', () => {
    const pictures = table({
      file: rows(0, 24).map((at) => `${at % 23}.png`),
      width: rows(0, 24).map((at) => (at % 23) + 100),
      mood: mood.map((label, at) => (at === 23 ? mood[0]! : label)),
      type: mood.map(() => 'png'),
    });
    const found = dataFacts({
      name: 'pictures',
      table: pictures,
      tasks: { mood: 'mood' },
      ids: ['file'],
      inputs: ['width'],
      files: ['file'],
    });
    expect(found.columns.map(({ role }) => role)).toEqual(['id', 'input', 'task', 'other']);
    expect(found.repeated).toMatchObject([{ of: 'rows', groups: 1, rows: 2 }]);
  });

  it('says what each column is for and holds', () => {
    expect(facts.columns.map(({ column, role, holds, distinct }) => [column, role, holds, distinct])).toEqual([
      ['id', 'id', 'texts', 24],
      ['text', 'text', 'texts', 23],
      ['patient', 'other', 'texts', 6],
      ['age', 'other', 'numbers', 23],
      ['mood', 'task', 'texts', 2],
      ['code', 'other', 'texts', 2],
    ]);
    // 0 … 23 without 3: 273 / 23
    const { mean, median, lowest, highest } = facts.columns[3]!.numbers!;
    expect([mean, median, lowest, highest]).toEqual([expect.closeTo(273 / 23, 12), 12, 0, 23]);
    expect(facts.columns[4]!.frequent).toEqual([
      ['good', 12],
      ['bad', 11],
    ]);
  });

  it('finds the text on both sides, the patients on both sides and the column that gives the label away', () => {
    const equal = facts.repeated.find(({ of, likeness }) => of !== 'rows' && likeness === 'equal')!;
    expect(equal).toMatchObject({ of: { column: 'text' }, compared: 24, groups: 1, rows: 2 });
    expect(equal.leaks).toMatchObject([
      { parts: ['train', 'test'], groups: 1, rows: [1, 1], examples: [{ rows: ['row 1', 'row 24'] }] },
    ]);
    expect(equal.leaks[0]!.examples[0]!.texts).toEqual([texts[0], texts[0]]);
    expect(facts.groups).toMatchObject([{ column: 'patient', distinct: 6 }]);
    // P13 has rows 12 to 15, P14 rows 16 to 19
    expect(facts.groups[0]!.leaks.map(({ parts: sides, groups, rows: count }) => [sides, groups, count])).toEqual([
      [['train', 'validation'], 1, [2, 2]],
      [['validation', 'test'], 1, [2, 2]],
    ]);
    expect(facts.giveAways[0]!.columns).toMatchObject([{ column: 'code', facet: 'value', score: 1 }]);
  });

  it('has the lengths of texts and no distribution of them', () => {
    expect(facts.lengths.map(({ column, longest }) => [column, longest])).toEqual([
      ['text', 'message number three about 11 things'.length],
    ]);
    expect(facts.distributions.map(({ column }) => column)).toEqual(['patient', 'age', 'mood', 'code']);
  });

  it('shows what cleaning changed over the same bins, and is JSON', () => {
    const cleaned = cleanTable(small, [fillMissing({ by: 'median', columns: ['age'], flag: true })], {
      trainingRows: parts.train,
    });
    const after = dataFacts({ name: 'small', table: small, parts, tasks: { mood: 'mood' }, ids: ['id'], cleaned });
    const age = after.distributions.find(({ column }) => column === 'age')!;
    expect(age).toMatchObject({ type: 'number', before: { missing: 1 }, after: { missing: 0 } });
    expect(after.distributions.at(-1)).toMatchObject({ column: 'age was missing', type: 'number' });
    expect(after.cleaning!.steps[0]!.columns.age).toMatchObject({ changed: 1, changedInTraining: 1 });
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  });

  it('works on hostile names, empty columns and tables without rows', async () => {
    const csv = '__proto__,constructor,<b>\n1,,x\n2,,\n';
    const { table: found, report } = await tableOf(readCsv(stream(csv)));
    const odd = dataFacts({ name: 'odd', table: found, report, tasks: { odd: '__proto__' } });
    expect(odd.columns.map(({ column }) => column)).toEqual(['__proto__', 'constructor', '<b>']);
    expect(odd.classes[0]!.classes).toEqual(['1', '2']);
    expect(dataFacts({ name: 'none', table: table({ a: [] }) })).toMatchObject({
      rows: 0,
      drift: [],
      repeated: [{ rows: 0 }],
    });
    expect(() => dataFacts({ name: 'x', table: small, tasks: { a: 'mod' } })).toThrow('Did you mean "mood"?');
  });
});
