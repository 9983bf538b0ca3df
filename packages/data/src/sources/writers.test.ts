import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostTensor } from '@polytask/base';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCsv } from './read-csv.ts';
import { readJsonl } from './read-jsonl.ts';
import { brief } from './sources.fixture.ts';
import type { JsonValue } from './types.ts';
import { writeCsv } from './write-csv.ts';
import { writeJsonl } from './write-jsonl.ts';

const folder = mkdtempSync(join(tmpdir(), 'polytask-writers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

// what UTF-8 cannot hold and what no text file holds are left out
const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
const awkward = fc.constantFrom(
  '',
  ' ',
  '"',
  ',',
  ';',
  '\t',
  '\n',
  '\r',
  '\r\n',
  'a,b',
  '"x"',
  ' padded ',
  '\ufeffmark',
  '=1+1',
);
const cell = fc.oneof(text, awkward);
const names = fc.uniqueArray(
  fc
    .oneof(cell, fc.constantFrom('__proto__', 'constructor', 'a'))
    .filter((name) => name !== '' && name.trim() === name),
  { minLength: 1, maxLength: 4 },
);

const record = (columns: readonly string[], cells: readonly JsonValue[]) => {
  const values = Object.create(null) as Record<string, JsonValue>;
  columns.forEach((name, at) => {
    values[name] = cells[at]!;
  });
  return values;
};

describe('writeCsv', () => {
  it('writes what RFC 4180 says, missing cells empty and lists as JSON', async () => {
    const rows = [
      { id: 1, text: 'He said "go", twice', more: null },
      { id: 2.5, text: 'two\nlines', more: ['x', true] },
      { id: -3, text: '=cmd()', more: false },
    ];
    expect(await writeCsv(rows, path('a.csv'))).toBe(3);
    expect(readFileSync(path('a.csv'), 'utf8')).toBe(
      'id,text,more\n1,"He said ""go"", twice",\n2.5,"two\nlines","[""x"",true]"\n-3,=cmd(),false\n',
    );
  });

  it('gives back through readCsv the texts that were written', async () => {
    const table = names.chain((columns) =>
      fc.record({
        columns: fc.constant(columns),
        rows: fc.array(fc.array(cell, { minLength: columns.length, maxLength: columns.length })),
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
      }),
    );
    await fc.assert(
      fc.asyncProperty(table, async ({ columns, rows, delimiter }) => {
        const file = path('law.csv');
        const values = rows.map((cells) => record(columns, cells));
        await writeCsv(values, file, { delimiter, columns });
        expect(await brief(readCsv(file, { delimiter }))).toEqual(values.map((one) => ({ ...one })));
      }),
      { numRuns: 150 },
    );
  });

  it('writes tabs to a .tsv file, and the header alone when there are no rows', async () => {
    await writeCsv([{ a: 'x', b: 'y' }], path('a.tsv'));
    expect(readFileSync(path('a.tsv'), 'utf8')).toBe('a\tb\nx\ty\n');
    await writeCsv([], path('empty.csv'), { columns: ['a', 'b'] });
    expect(readFileSync(path('empty.csv'), 'utf8')).toBe('a,b\n');
  });

  it('refuses what it could not read back, and leaves an older file as it was', async () => {
    writeFileSync(path('old.csv'), 'old');
    const image = hostTensor('uint8', [1], Uint8Array.of(1));
    await expect(writeCsv([{ a: 1 }, { a: image }], path('old.csv'))).rejects.toThrow('E2141');
    await expect(writeCsv([{ a: 1 }, { a: 1, b: 2 }], path('old.csv'))).rejects.toThrow(/E2142 b .*Row 2/);
    await expect(writeCsv([{ ' a': 1 }], path('old.csv'))).rejects.toThrow('E2142');
    await expect(writeCsv([{ a: 1 }], path('old.csv'), { delimiter: '"' })).rejects.toThrow(RangeError);
    expect(readFileSync(path('old.csv'), 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.includes('writing'))).toEqual([]);
  });
});

describe('writeJsonl', () => {
  it('gives back through readJsonl the rows that were written', async () => {
    const json = fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).map((value) => value as JsonValue);
    const row = fc.uniqueArray(fc.tuple(fc.oneof(text, fc.constant('__proto__')), json), {
      selector: ([name]) => name,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), async (rows) => {
        const values = rows.map((entries) =>
          record(
            entries.map(([name]) => name),
            entries.map(([, value]) => value),
          ),
        );
        await writeJsonl(values, path('law.jsonl'));
        const expected = values.map((one) => ({ ...(JSON.parse(JSON.stringify(one)) as object) }));
        expect(await brief(readJsonl(path('law.jsonl')))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('takes rows as they come and refuses infinities and tensors', async () => {
    async function* rows() {
      yield { a: 'é', b: null };
      yield { a: Number.NaN };
    }
    expect(await writeJsonl(rows(), path('a.jsonl'))).toBe(2);
    expect(readFileSync(path('a.jsonl'), 'utf8')).toBe('{"a":"é","b":null}\n{"a":null}\n');
    await expect(writeJsonl([{ a: Number.POSITIVE_INFINITY }], path('b.jsonl'))).rejects.toThrow('E2143');
    await expect(writeJsonl([{ a: hostTensor('uint8', [0], new Uint8Array()) }], path('b.jsonl'))).rejects.toThrow(
      'E2141',
    );
  });
});
