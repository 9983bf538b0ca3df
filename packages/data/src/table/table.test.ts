import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource } from '../sources/open-source.ts';
import { readCsv } from '../sources/read-csv.ts';
import { all, stream } from '../sources/sources.fixture.ts';
import { inferFormat } from './column-format.ts';
import { parseDate } from './parse-date.ts';
import { looseNumber, plainNumber } from './parse-number.ts';
import { rowsOf } from './rows-of.ts';
import { selectRows, table } from './table.ts';
import { tableOf } from './table-of.ts';

const student = fileURLToPath(new URL('../../../../../shared/data/student/student-mat.csv', import.meta.url));

describe('plainNumber', () => {
  it('reads every finite number that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(plainNumber(` ${value} `)).toBe(value === 0 ? plainNumber(`${value}`) : value);
      }),
    );
  });
  it('rounds decimals as the standard says', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 16n), fc.integer({ min: 0, max: 16 }), fc.boolean(), (digits, after, minus) => {
        const padded = `${digits}`.padStart(after + 1, '0');
        const text = `${minus ? '-' : ''}${padded.slice(0, padded.length - after)}.${padded.slice(padded.length - after)}`;
        expect(plainNumber(text)).toBe(Number(text));
      }),
      { numRuns: 2000 },
    );
  });
  it('reads neither words, hexadecimal numbers nor infinities', () => {
    for (const text of ['', ' ', '-', '.', '1e', '0x10', 'Infinity', '1_000', '1 2', '1,5', '1e999']) {
      expect(plainNumber(text)).toBeNaN();
    }
    expect(plainNumber('-.5e1')).toBe(-5);
  });
  it('never fails on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(typeof plainNumber(text)).toBe('number');
        const loose = looseNumber(text);
        expect(loose === undefined || Number.isFinite(loose.value)).toBe(true);
        expect(typeof parseDate(text, 'iso')).toBe('number');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('looseNumber', () => {
  it.each([
    ['1 234', 1234],
    ['1\u202f234\u202f567', 1234567],
    ["1'234.5", 1234.5],
    ['1.234,5', 1234.5],
    ['1,234.5', 1234.5],
    ['1,234,567', 1234567],
    ['−3', -3],
    ['- 3,25', -3.25],
    ['1,5', 1.5],
    ['0,125', 0.125],
  ])('reads %s', (text, value) => expect(looseNumber(text)?.value).toBe(value));
  it('reads 1,234 by the sign before fractions', () => {
    expect([looseNumber('1,234')?.value, looseNumber('1,234', ',')?.value]).toEqual([1234, 1.234]);
    expect([looseNumber('1.234')?.value, looseNumber('1.234', ',')?.value]).toEqual([1.234, 1234]);
  });
  it('reads nothing that is no number', () => {
    for (const text of ['a', '1,2,3', '12 34', '1..2', '--3', '1,234 567', ''])
      expect(looseNumber(text)).toBeUndefined();
  });
});

describe('parseDate', () => {
  it('reads ISO dates and times, and rejects days that do not exist', () => {
    expect(parseDate('1970-01-02', 'iso')).toBe(86_400_000);
    expect(parseDate('2024-02-29T12:30:00.25+02:00', 'iso')).toBe(Date.parse('2024-02-29T12:30:00.250+02:00'));
    expect(parseDate('2023-02-29', 'iso')).toBeNaN();
    expect(parseDate('31.01.2024', 'dayFirst')).toBe(Date.UTC(2024, 0, 31));
    expect(parseDate('31.01.2024', 'monthFirst')).toBeNaN();
  });
});

describe('inferFormat', () => {
  const kind = (cells: (string | number | null)[]) => inferFormat(cells).format;
  it('takes mostly numbers for numbers and keeps what would lose something', () => {
    expect(kind(['1', '2.5', 'N/A', '-', null])).toEqual({ type: 'number', decimal: '.' });
    expect(kind(['1', 'b', 'c'])).toEqual({ type: 'text' });
    expect(kind(['007', '012'])).toEqual({ type: 'text' });
    expect(kind(['12345678901234567890', '1'])).toEqual({ type: 'text' });
    expect(kind([null, '?'])).toEqual({ type: 'text' });
  });
  it('lets the other cells decide what a comma means, and says so when none does', () => {
    expect(inferFormat(['1,234', '2,5'])).toEqual({ format: { type: 'number', decimal: ',' } });
    expect(inferFormat(['1,234', '2.5'])).toEqual({ format: { type: 'number', decimal: '.' } });
    expect(inferFormat(['1,234', '2'])).toMatchObject({ format: { decimal: '.' }, problem: { code: 'E2221' } });
  });
  it('takes dates for dates when the order of day and month shows', () => {
    expect(kind(['2024-01-31', 'N/A'])).toEqual({ type: 'date', order: 'iso' });
    expect(kind(['01.02.2024', '31.01.2024'])).toEqual({ type: 'date', order: 'dayFirst' });
    expect(kind(['01/02/2024', '01/31/2024'])).toEqual({ type: 'date', order: 'monthFirst' });
    expect(inferFormat(['01/02/2024'])).toMatchObject({ format: { type: 'text' }, problem: { code: 'E2223' } });
  });
});

describe('tableOf', () => {
  const csv = (text: string) => readCsv(stream(text));
  it('reports every reading that is not the writing', async () => {
    const {
      table: found,
      report,
      problems,
      rowNumbers,
    } = await tableOf(
      readCsv(stream('size;name;when\n1 234;a;2024-01-01\n1,5;N/A;?\nhuge;;2024-01-02\n7;None;\n'), { delimiter: ';' }),
      { minimumNumbers: 0.7 },
    );
    expect([...rowNumbers]).toEqual([1, 2, 3, 4]);
    expect(found.columns.size!.values).toEqual(Float64Array.of(1234, 1.5, Number.NaN, 7));
    expect(found.columns.name!.values).toEqual(['a', null, null, 'None']);
    expect(found.columns.when!.values[2]).toBe(Date.UTC(2024, 0, 2));
    expect(report.columns.size).toMatchObject({ rewritten: 2, unreadable: 1, missing: 1 });
    expect(report.columns.size!.examples).toContainEqual({ row: 2, before: '"1,5"', after: 1.5 });
    expect(report.columns.name!.missingMarkers).toEqual({ 'N/A': 1, '': 1 });
    expect(problems).toMatchObject([{ code: 'E2222', path: 'size', row: 3 }]);
  });
  it('reads later data as the formats of earlier data say', async () => {
    const formats = { x: { type: 'number', decimal: ',' } } as const;
    const { table: found } = await tableOf(csv('x\n"1,234"\n'), { formats });
    expect(found.columns.x!.values[0]).toBe(1.234);
  });
  it('infers from the rows that may decide, and counts what does not fit', async () => {
    const { table: found, problems } = await tableOf(csv('x\n1\n2\nx\ny\n'), { infersFrom: (row) => row <= 2 });
    expect(found.columns.x!.type).toBe('number');
    expect(problems).toMatchObject([{ code: 'E2222', count: 2 }]);
  });
  it('quarantines bad rows, keeps __proto__ a column and fills absent cells', async () => {
    const { table: found, quarantine } = await tableOf(csv('__proto__,b\n1,2\n3\n4,5\n'));
    expect(Object.getOwnPropertyDescriptor(found.columns, '__proto__')!.value.values).toEqual(Float64Array.of(1, 4));
    expect(quarantine).toMatchObject([{ row: 2, problem: { code: 'E2115' } }]);
  });
  it('makes texts of truth values and lists, and reports tensors', async () => {
    async function* rows() {
      const image = { dtype: 'uint8' as const, shape: [1], data: Uint8Array.of(3) };
      yield { row: 1, line: 1, values: { a: true, b: ['x', 1], c: image as never } };
    }
    const { table: found, problems } = await tableOf(rows());
    expect(found.columns.a!.values).toEqual(['true']);
    expect(found.columns.b!.values).toEqual(['["x",1]']);
    expect(problems).toMatchObject([{ code: 'E2220', path: 'c' }]);
  });
  it('stops at its limit of rows', async () => {
    await expect(tableOf(csv('x\n1\n2\n3\n'), { maxRows: 2 })).rejects.toThrow('E2224');
    await expect(tableOf(csv('x,y\n1,2\n'), { maxColumns: 1 })).rejects.toThrow('at most 1 columns');
  });
  it('gives back through rowsOf what it was given', async () => {
    const cell = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ a: cell, b: fc.constantFrom('x', 'y z', null) })), async (more) => {
        const rows = [{ a: 1, b: 'x' }, ...more];
        const given = table({ a: rows.map(({ a }) => a), b: rows.map(({ b }) => b) });
        const back = await tableOf(rowsOf(given), {
          formats: { a: { type: 'number', decimal: '.' }, b: { type: 'text' } },
        });
        expect(back.table).toEqual(given);
      }),
    );
  });
  it.skipIf(!existsSync(student))('reads the student table', async () => {
    const { table: found, problems } = await tableOf(openSource(student));
    expect(found.rowCount).toBe(395);
    expect(found.columns.G3!.type).toBe('number');
    expect(found.columns.school!.type).toBe('text');
    expect(problems).toEqual([]);
    expect((await all(rowsOf(found)))[0]).toMatchObject({ row: 1, values: { school: 'GP', age: 18, G3: 6 } });
  });
});

describe('selectRows', () => {
  it('takes rows in the order given and refuses others', () => {
    const small = table({ a: [1, null, 3], b: ['x', null, 'z'] });
    expect(selectRows(small, [2, 0])).toEqual(table({ a: [3, 1], b: ['z', 'x'] }));
    expect(() => selectRows(small, [3])).toThrow(RangeError);
    expect(() => table({ a: [1], b: [] })).toThrow(RangeError);
    expect(() => table({ a: [1, 'x'] })).toThrow(TypeError);
  });
  it('writes dates as ISO texts when told which columns they are', async () => {
    const dates = rowsOf(table({ when: [0] }), { formats: { when: { type: 'date', order: 'iso' } } });
    expect((await all(dates))[0]).toMatchObject({ values: { when: '1970-01-01T00:00:00.000Z' } });
  });
});

describe('tables from CSV, whose cells come in lists', () => {
  it('are those that the same rows give one by one', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '-0',
        '007',
        '12',
        ' 12',
        '12.50',
        '1,5',
        '1.234',
        '1 234',
        '-3',
        '1e3',
        '?',
        'N/A',
        'none',
        'nan',
        'yes',
        '2024-02-29',
        '31.12.2024',
        '9007199254740993',
        '123456789012345',
        '1234567890123456',
      ),
      fc.nat(400).map(String),
      fc.nat(400).map((number) => `word ${number}`),
    );
    const column = fc.oneof(
      fc.array(cell, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(10_000).map(String), { minLength: 1, maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(column, column, fc.boolean(), async (left, right, sampled) => {
        const lines = left.map((value, row) => `"${value}","${right[row % right.length]}"`);
        const source = () => readCsv(stream(`left,right\n${lines.join('\n')}\n`), { name: 'law.csv' });
        const oneByOne = { name: 'law.csv', [Symbol.asyncIterator]: () => source()[Symbol.asyncIterator]() };
        const options = sampled ? { infersFrom: (row: number) => row % 2 === 1 } : {};
        expect(await tableOf(source(), options)).toEqual(await tableOf(oneByOne, options));
      }),
      { numRuns: 300 },
    );
  });

  it('keep every word of a column of very many', async () => {
    const words = Array.from({ length: 1000 }, (_, at) => `word ${at % 600}`);
    const { table: made } = await tableOf(readCsv(stream(`word\n${words.join('\n')}\n`)));
    expect(made.columns.word!.values).toEqual(words);
  });
});
