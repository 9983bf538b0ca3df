import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonl } from './read-jsonl.ts';
import { all, brief, stream } from './sources.fixture.ts';

describe('readJsonl', () => {
  it('reads one object per line, with a byte order mark, any line ends and empty lines', async () => {
    const source = readJsonl(stream('\uFEFF{"a":1}\r\n\n{"a":null,"b":["x"]}\r  \n{"a":"é"}'));
    expect(await all(source)).toEqual([
      { row: 1, line: 1, values: expect.objectContaining({ a: 1 }) },
      { row: 2, line: 3, values: expect.objectContaining({ a: null, b: ['x'] }) },
      { row: 3, line: 5, values: expect.objectContaining({ a: 'é' }) },
    ]);
  });

  it('yields what is wrong with a line and goes on', async () => {
    const bytes = Uint8Array.of(0x22, 0xff, 0x22, 10); // a line that is not UTF-8
    const source = readJsonl(stream('{"a":1\n[1]\n7\n{"a":"\0"}\n', bytes, '{"a":2}\n'), { name: 'x.jsonl' });
    expect(await brief(source)).toEqual(['E2113', 'E2114', 'E2114', 'E2111', 'E2110', { a: 2 }]);
    const [first] = await all(readJsonl(stream('{"text": "half of an obj'), { name: 'x.jsonl' }));
    expect(first).toEqual({
      row: 1,
      line: 1,
      bad: {
        code: 'E2113',
        message: 'The line is not JSON: "{\\"text\\": \\"half of an obj".',
        fix: 'Write one complete JSON object per line.',
        file: 'x.jsonl',
        line: 1,
        row: 1,
      },
    });
  });

  it('says what to do about a JSON array instead of lines', async () => {
    const [first] = await all(readJsonl(stream('[{"a":1},\n{"a":2}]')));
    expect(first).toMatchObject({ bad: { fix: 'Write one object per line, without brackets around them.' } });
  });

  it('says what to do about numbers and quotes that JSON does not have', async () => {
    const fixes = (await all(readJsonl(stream('{"a": 1, "b": NaN}\n{"a": [-Infinity]}\n{\'a\': 1}\n{"a": "NaN}')))).map(
      (found) => ('bad' in found ? found.bad.fix : undefined),
    );
    expect(fixes).toEqual([
      'JSON has no NaN and no Infinity: write null where a number is missing.',
      'JSON has no NaN and no Infinity: write null where a number is missing.',
      'Write names and texts in double quotes, as json.dumps does.',
      'Write one complete JSON object per line.',
    ]);
  });

  it('keeps a column called __proto__ without touching any prototype', async () => {
    const [row] = await all(readJsonl(stream('{"__proto__": {"polluted": 1}, "a": 2}')));
    const values = (row as { values: Record<string, unknown> }).values;
    expect(Object.keys(values)).toEqual(['__proto__', 'a']);
    expect(values.polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('refuses values that are nested too deep to be written again', async () => {
    const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    expect(await brief(readJsonl(stream(deep, '\n{"a":[[1]]}')))).toEqual(['E2118', { a: [[1]] }]);
  });

  it('skips a line of 10 MB in bounded memory', async () => {
    let largest = 0;
    async function* chunks() {
      const chunk = new Uint8Array(65536).fill(97);
      yield* stream('{"a":1}\n');
      for (let sent = 0; sent < 160; sent++) {
        yield chunk;
        largest = Math.max(largest, process.memoryUsage().arrayBuffers);
      }
      yield* stream('\n{"a":2}\n');
    }
    const before = process.memoryUsage().arrayBuffers;
    expect(await brief(readJsonl(chunks()))).toEqual([{ a: 1 }, 'E2112', { a: 2 }]);
    expect(largest - before).toBeLessThan(6e6);
  });

  it('reads no further than it is asked to', async () => {
    let sent = 0;
    async function* chunks() {
      for (; ; sent++) yield* stream('{"a":1}\n');
    }
    for await (const row of readJsonl(chunks())) if (row.row === 10) break;
    expect(sent).toBeLessThan(15);
  });

  it('throws for a source that is unusable as a whole', async () => {
    await expect(all(readJsonl(stream()))).rejects.toMatchObject({ kind: 'data', code: 'E2102' });
    await expect(all(readJsonl(stream('\uFEFF\n \r\n')))).rejects.toMatchObject({ code: 'E2102' });
    await expect(all(readJsonl(stream(Uint8Array.of(0xff, 0xfe, 0x7b, 0))))).rejects.toMatchObject({ code: 'E2103' });
    await expect(all(readJsonl(stream(Uint8Array.of(0x1f), Uint8Array.of(0x8b, 8, 0))))).rejects.toMatchObject({
      message: 'E2103 stdin: Expected UTF-8 text. Found a gzip archive. Unpack it first: gunzip FILE.',
    });
    expect(() => readJsonl(stream(), { maxLineBytes: 0 })).toThrow(RangeError);
  });

  it('turns an error of the stream into a problem with the cause kept', async () => {
    const cause = new Error('socket hang up');
    async function* broken() {
      yield* stream('{"a":1}\n');
      throw cause;
    }
    await expect(all(readJsonl(broken()))).rejects.toMatchObject({ kind: 'data', code: 'E2101', cause });
  });

  it('never throws anything but a problem, whatever the bytes', async () => {
    const piece = fc.constantFrom(
      '{"a":',
      '1}',
      '\n',
      '\r',
      '"',
      '\\',
      '[',
      '{"__proto__":1}',
      '\0',
      '\uFEFF',
      '\ud800',
      'é',
    );
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
        const rows = await all(readJsonl(stream(...chunks), { maxLineBytes: 40 })).catch((error) => {
          expect(error).toMatchObject({ name: 'PolytaskError', kind: 'data' });
          return [];
        });
        expect(rows.map(({ row }) => row)).toEqual(rows.map((_, at) => at + 1));
      }),
      { numRuns: 300 },
    );
  });
});
