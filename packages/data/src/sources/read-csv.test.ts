import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from './read-csv.ts';
import { all, brief, stream } from './sources.fixture.ts';

describe('readCsv', () => {
  it('reads quoted fields with delimiters, doubled quotes and line ends', async () => {
    const source = readCsv(stream('\uFEFF"id",text\r\n1,"a, ""b""\nc"\r\n\r\n2,\n3,"\r\n"'));
    expect(await all(source)).toEqual([
      { row: 1, line: 2, values: expect.objectContaining({ id: '1', text: 'a, "b"\nc' }) },
      { row: 2, line: 5, values: expect.objectContaining({ id: '2', text: '' }) },
      { row: 3, line: 6, values: expect.objectContaining({ id: '3', text: '\r\n' }) },
    ]);
  });

  it('reads other delimiters and old Mac line ends', async () => {
    expect(await brief(readCsv(stream('a;b\r1;"x;y"\r'), { delimiter: ';' }))).toEqual([{ a: '1', b: 'x;y' }]);
    expect(await brief(readCsv(stream('a\tb\n1\t2,3\n'), { delimiter: '\t' }))).toEqual([{ a: '1', b: '2,3' }]);
    expect(() => readCsv(stream(''), { delimiter: '::' })).toThrow(
      'delimiter: expected one ASCII character. Found "::".',
    );
  });

  it('yields ragged rows and broken quotes as problems and goes on', async () => {
    const source = readCsv(stream('a,b\n1\n1,2,3\n"x"y,2\n1,2\0\n5,6\n"7,8\n'));
    expect(await brief(source)).toEqual(['E2115', 'E2115', 'E2116', 'E2111', { a: '5', b: '6' }, 'E2117']);
  });

  it('names columns without a name by their number and takes __proto__ for a name', async () => {
    const [row] = await all(readCsv(stream('__proto__,,a\n1,2,3\n')));
    expect(Object.entries((row as { values: object }).values)).toEqual([
      ['__proto__', '1'],
      ['column 2', '2'],
      ['a', '3'],
    ]);
  });

  it('refuses a header that names a column twice or cannot be read', async () => {
    await expect(all(readCsv(stream('a,b, a\n1,2,3'), { name: 'x.csv' }))).rejects.toMatchObject({
      kind: 'data',
      message:
        'E2104 x.csv:1: The column "a" appears twice: as field 1 and as field 3. Rename one of them. The delimiter is ",".',
    });
    await expect(all(readCsv(stream('"a"b,c\n1,2')))).rejects.toMatchObject({ code: 'E2116' });
    await expect(all(readCsv(stream('\n\n')))).rejects.toMatchObject({ code: 'E2102' });
    expect(await all(readCsv(stream('a,b\n')))).toEqual([]);
  });

  it('gives back every table that was written by the rules', async () => {
    const cell = fc
      .array(fc.constantFrom('a', '"', ',', '\n', '\r\n', '\r', ' ', 'é', '𝄞'), { maxLength: 6 })
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer(), cell, cell), { minLength: 1, maxLength: 8 }),
        fc.nat(3),
        async (table, cut) => {
          const quoted = (text: unknown) => `"${String(text).replaceAll('"', '""')}"`;
          const lines = ['n,x,y', ...table.map((row) => row.map(quoted).join(','))];
          const bytes = new TextEncoder().encode(lines.join('\r\n'));
          const rows = await brief(readCsv(stream(bytes.slice(0, cut), bytes.slice(cut))));
          expect(rows).toEqual(table.map(([n, x, y]) => ({ n: String(n), x, y })));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throws anything but a problem, whatever the bytes', async () => {
    const piece = fc.constantFrom('a', ',', '"', '\n', '\r', '\0', '__proto__', ' ', '\uFEFF', 'é');
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
        const rows = await all(readCsv(stream(...chunks), { maxLineBytes: 30 })).catch((error) => {
          expect(error).toMatchObject({ name: 'PolytaskError', kind: 'data' });
          return [];
        });
        expect(rows.map(({ row }) => row)).toEqual(rows.map((_, at) => at + 1));
      }),
      { numRuns: 300 },
    );
  });

  it('reads whole chunks and single bytes to the same rows, whatever stands in them', async () => {
    const piece = fc.constantFrom(
      'a',
      ',',
      '"',
      '""',
      '\n',
      '\r\n',
      '\r',
      ' ',
      'é',
      '中',
      '\0',
      'x,y\n',
      '"q,\n""z"',
      'long-long-long',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 60 }),
        fc.constantFrom(9, 40, 1000),
        async (pieces, maxLineBytes) => {
          const bytes = new TextEncoder().encode(`one,two\n${pieces.join('')}`);
          const options = { name: 'law.csv', maxLineBytes };
          const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
          const halves = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
          const expected = await all(readCsv(stream(...single), options));
          expect(await all(readCsv(stream(bytes), options))).toEqual(expected);
          expect(await all(readCsv(stream(...halves), options))).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('a quote that is not closed', () => {
  it('costs its own row, whether the file ends, the limit comes or another quote follows', async () => {
    const rows = Array.from({ length: 40 }, (_, at) => `${at},word`);
    for (const [more, maxLineBytes] of [
      [[], 1_000_000],
      [[], 100],
      [['40,"quoted, text"', '41,"two\nlines"'], 1_000_000],
    ] as const) {
      const text = ['a,b', ...rows.slice(0, 20), 'x,"open', ...rows.slice(20), ...more, ''].join('\n');
      const found = await all(readCsv(stream(text), { maxLineBytes }));
      const bad = found.flatMap((row) => ('bad' in row ? [row] : []));
      expect(bad.map(({ row, line, bad: { line: place } }) => [row, line, place])).toEqual([[21, 22, 22]]);
      expect(bad[0]!.bad.code).toBe('E2117');
      expect(bad[0]!.bad.message).toMatch(
        more.length > 0 ? 'has text after it' : /never closed|within the limit of 100 bytes/,
      );
      const cells = found.flatMap((row) => ('values' in row ? [`${row.line} ${row.values.a},${row.values.b}`] : []));
      expect(cells).toEqual([
        ...rows.slice(0, 20).map((row, at) => `${at + 2} ${row}`),
        ...rows.slice(20).map((row, at) => `${at + 23} ${row}`),
        ...(more.length > 0 ? ['43 40,quoted, text', '44 41,two\nlines'] : []),
      ]);
    }
  });

  it('costs no more where there are many of them', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `${at},${at % 2 ? '"open' : 'word'}`);
    const started = performance.now();
    const found = await all(readCsv(stream(['a,b', ...lines].join('\n')), { maxLineBytes: 10_000 }));
    expect(performance.now() - started).toBeLessThan(5000);
    expect(found.filter((row) => 'bad' in row)).toHaveLength(10_000);
    expect(found.filter((row) => 'values' in row)).toHaveLength(10_000);
  });
});
