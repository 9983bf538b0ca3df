import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type HostTensor, PolytaskError } from '@polytask/base';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { imageFolder, soundFolder } from './folders.ts';
import { fromRows } from './from-rows.ts';
import { openSource } from './open-source.ts';
import { readParquet, writeParquet } from './parquet.ts';
import { readArff } from './read-arff.ts';
import { readIdx } from './read-idx.ts';
import type { Source, SourceRow, Values } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'polytask-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

async function rowsOf(source: Source): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const row of source) rows.push(row);
  return rows;
}
const valuesOf = async (source: Source) =>
  (await rowsOf(source)).map((row) => ('bad' in row ? row.bad.code : { ...row.values }));
const codeOf = async (source: Source) =>
  rowsOf(source).then(
    () => 'read',
    (error: unknown) => (PolytaskError.is(error) ? error.problems[0]!.code : `not typed: ${error}`),
  );
async function* text(content: string) {
  yield content;
}

describe('ARFF', () => {
  const header =
    "@RELATION 'some data'\n% a comment\n@attribute 'the size' real\n@attribute kind {small, 'very big'}\n@attribute note string\n@DATA\n";

  test('dense rows have numbers, labels and texts; ? is missing', async () => {
    const source = readArff(text(`${header}1.5, small, 'it\\'s, so'\n?,'very big',?\n`));
    expect(await valuesOf(source)).toEqual([
      { 'the size': 1.5, kind: 'small', note: "it's, so" },
      { 'the size': null, kind: 'very big', note: null },
    ]);
  });

  test('sparse rows leave out zeros and first labels', async () => {
    expect(await valuesOf(readArff(text(`${header}{0 2, 1 'very big'}\n{}\n`)))).toEqual([
      { 'the size': 2, kind: 'very big', note: '' },
      { 'the size': 0, kind: 'small', note: '' },
    ]);
  });

  test('bad rows are told apart and do not end the reading', async () => {
    const rows = ['1,small', 'x,small,a', '1,smal,a', "1,small,'a", '{9 1}', '{0 1', '1,small,fine'];
    expect(await valuesOf(readArff(text(header + rows.join('\n'))))).toEqual([
      'E2120',
      'E2121',
      'E2122',
      'E2124',
      'E2123',
      'E2123',
      { 'the size': 1, kind: 'small', note: 'fine' },
    ]);
    const [, , misspelt] = await rowsOf(readArff(text(header + rows.join('\n'))));
    expect(misspelt).toMatchObject({
      row: 3,
      line: 9,
      bad: { path: 'kind', fix: 'Did you mean "small"? Allowed: small, very big.' },
    });
  });

  test.each([
    ['E2126', '@relation x\n@attribute a numeric\n'],
    ['E2125', '@relation x\n@data\n1\n'],
    ['E2125', '@relation x\n@atribute a numeric\n@data\n'],
    ['E2125', '@relation x\n@attribute a relational\n@data\n'],
    ['E2125', "@relation x\n@attribute 'a numeric\n@data\n"],
    ['E2104', '@relation x\n@attribute a numeric\n@attribute a numeric\n@data\n'],
    ['E2102', ''],
  ])('a file that is unusable as a whole is refused with %s', async (code, content) => {
    expect(await codeOf(readArff(text(content)))).toBe(code);
  });

  test('no content ends in anything but rows or an error with a code', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom('@data', '@attribute a {x,y}', '@attribute __proto__ numeric', '{0 x}', "'", '?,1'),
          ),
        ),
        async (lines) => {
          expect(await codeOf(readArff(text(lines.join('\n'))))).toMatch(/^(read|E\d{4})$/);
        },
      ),
    ));

  const emotions = fileURLToPath(new URL('../../../../../shared/data/multilabel/emotions-train.arff', import.meta.url));
  test.skipIf(!existsSync(emotions))('a published multi-label set is read as it is', async () => {
    const rows = await valuesOf(openSource(emotions));
    expect(rows.length).toBe(391);
    expect(rows.every((row) => typeof row !== 'string')).toBe(true);
  });
});

describe('IDX', () => {
  const idx = (type: number, shape: number[], entries: number[]) => {
    const head = [0, 0, type, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255])];
    return Uint8Array.from([...head, ...entries]);
  };
  const images = file('images', idx(8, [2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
  const labels = file('labels', idx(8, [2, 2], [3, 4, 5, 6]));

  test('images are tensors, and lists of labels have columns of their own', async () => {
    const rows = (await valuesOf(
      readIdx({ image: images, label: { file: labels, columns: ['left', 'right'] } }),
    )) as Values[];
    expect(rows.map(({ left, right }) => [left, right])).toEqual([
      [3, 4],
      [5, 6],
    ]);
    expect(rows[1]!.image).toEqual({ dtype: 'uint8', shape: [2, 3], data: Uint8Array.of(7, 8, 9, 10, 11, 12) });
  });

  test('numbers are read in network order, and packed files are unpacked', async () => {
    const packed = file('numbers.gz', gzipSync(idx(13, [2], [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0])));
    expect(await valuesOf(readIdx({ x: packed }))).toEqual([{ x: 1 }, { x: -2 }]);
    const signed = file('signed', idx(11, [2], [0xff, 0xfe, 0, 7]));
    expect(await valuesOf(readIdx({ x: signed }))).toEqual([{ x: -2 }, { x: 7 }]);
  });

  test.each([
    ['E2131', idx(8, [2, 9], [1])],
    ['E2131', Uint8Array.of(0, 0, 8, 200, 1)],
    ['E2131', idx(14, [65535, 65535], [])],
    ['E2130', Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0)],
    ['E2130', Uint8Array.of()],
    ['E2130', Uint8Array.of(0x1f, 0x8b, 9, 9, 9)],
    ['E2133', gzipSync(new Uint8Array(5000))],
    ['E2132', idx(8, [3], [1, 2, 3])],
  ])('headers that lie and files that do not belong together are refused with %s', async (code, bytes) => {
    const other = file(`lying-${code}-${bytes.length}`, bytes);
    expect(await codeOf(readIdx({ image: images, other }, { maxBytes: 4000 }))).toBe(code);
  });

  test('a list of columns fits its rows', async () => {
    expect(await codeOf(readIdx({ label: { file: labels, columns: ['left'] } }))).toBe('E2134');
    expect(() => readIdx({})).toThrow(RangeError);
  });
});

describe('Parquet', () => {
  const written = join(folder, 'written.parquet');

  test('what is written is read again: numbers, texts, truth values, lists, gaps and names of any kind', async () => {
    const rows = [
      { id: 1, score: 0.5, text: 'ä, "b"\n', isNew: true, tags: ['a', 'b'], ['__proto__']: 'x' },
      { id: 2, score: null, text: null, isNew: false, tags: null, late: 3 },
    ].map((values) => Object.assign(Object.create(null), values) as Values);
    await writeParquet(written, rows);
    const found = (await rowsOf(readParquet(written))).map((row) => ('values' in row ? row.values : undefined)!);
    expect(found.map(({ id, score, text, isNew }) => [id, score, text, isNew])).toEqual([
      [1, 0.5, 'ä, "b"\n', true],
      [2, null, null, false],
    ]);
    expect(JSON.parse(found[0]!.tags as string)).toEqual(['a', 'b']);
    expect(found.map(({ late }) => late)).toEqual([null, 3]);
    expect((await rowsOf(openSource(written))).map(({ row }) => row)).toEqual([1, 2]);
  });

  test('a tensor has no column type', async () => {
    const image: HostTensor = { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) };
    await expect(writeParquet(written, [{ image }])).rejects.toMatchObject({
      problems: [{ code: 'E2141', path: 'image' }],
    });
  });

  test('damaged files are refused with the file’s name, wherever they are cut', async () => {
    await writeParquet(written, [{ id: 1, text: 'some text' }]);
    const { readFileSync } = await import('node:fs');
    const whole = readFileSync(written);
    for (let length = 0; length < whole.length; length += 7) {
      const cut = file('cut.parquet', whole.subarray(0, length));
      expect(await codeOf(readParquet(cut))).toBe('E2140');
    }
    const told = async (bytes: Uint8Array) => {
      try {
        for await (const _ of readParquet(file('told.parquet', bytes)));
      } catch (error) {
        if (PolytaskError.is(error)) return error.message;
        throw error;
      }
      return 'read';
    };
    expect(await told(whole.subarray(0, whole.length / 2))).toMatch(
      /E2140 .*told\.parquet: The file is cut off.* again\.$/,
    );
    expect(await told(Buffer.from('id,text\n1,some text\n'))).toMatch(/starts with PAR1\. Found "id,t"\. .*\.csv/);
    const encrypted = Buffer.from(whole);
    encrypted.write('PARE', whole.length - 4);
    expect(await told(encrypted)).toContain('encrypted');
    // whatever byte of its description is changed, the file is read or refused, and nothing ends the program
    for (let at = whole.length - 300; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ 64;
      expect(await told(changed)).toMatch(/^(read|E21(40|44) )/);
    }
    expect(await codeOf(readParquet(join(folder, 'none.parquet')))).toBe('E1401');
  });

  test('a codec that is not read is named, with those that are', async () => {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const bytes = parquetWriteBuffer({
      columnData: [{ name: 'id', data: [1, 2] }],
      codec: 'LZO',
      compressors: { LZO: (page) => page },
    });
    await expect(rowsOf(readParquet(file('lzo.parquet', new Uint8Array(bytes))))).rejects.toMatchObject({
      problems: [{ code: 'E2144', message: expect.stringContaining('LZO'), fix: expect.stringContaining('snappy') }],
    });
  });
});

describe('folders', () => {
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4);
  const root = join(folder, 'pets');
  for (const name of ['cat', 'dog', 'empty']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'dog/b.png'), png);
  writeFileSync(join(root, 'cat/a.JPG'), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0));
  writeFileSync(join(root, 'cat/renamed.png'), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0));
  writeFileSync(join(root, 'cat/text.png'), 'no image');
  writeFileSync(join(root, 'cat/notes.txt'), 'passed over');
  symlinkSync(root, join(root, 'dog/again'));
  symlinkSync(join(root, 'nowhere.png'), join(root, 'dog/dangling.png'));

  test('images have the label of their folder and the type of their bytes', async () => {
    const rows = await rowsOf(imageFolder(root));
    expect(rows.map((row) => ('bad' in row ? row.bad.code : [row.values.label, row.values.type]))).toEqual([
      ['cat', 'jpeg'],
      ['cat', 'jpeg'],
      'E2150',
      ['dog', 'png'],
      'E2156',
    ]);
    expect(rows[3]).toMatchObject({ row: 4, values: { path: join(root, 'dog/b.png') } });
  });

  test('a folder without images, and no folder, are refused', async () => {
    expect(await codeOf(imageFolder(join(root, 'empty')))).toBe('E2160');
    expect(await codeOf(soundFolder(root))).toBe('E2160');
    expect(await codeOf(imageFolder(join(root, 'none')))).toBe('E1401');
  });
});

test('records of a program are rows; a cell without a value is missing', async () => {
  expect(await valuesOf(fromRows([{ a: 1, b: undefined }, { a: 'x' }]))).toEqual([{ a: 1, b: null }, { a: 'x' }]);
});
