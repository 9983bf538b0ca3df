import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordSplitter } from './records.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function split(chunks: readonly Uint8Array[], options: { limit: number; delimiter?: number }) {
  const splitter = recordSplitter(options);
  const records = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return records.map((record) => ({
    line: record.line,
    text: 'bytes' in record ? new TextDecoder().decode(record.bytes) : `!${record.broken}`,
  }));
}

const comma = { limit: 20, delimiter: 44 };

describe('recordSplitter', () => {
  it('ends lines at LF, CRLF and CR and needs no line end after the last', () => {
    expect(split([encode('a\nb\r\nc\rd\n\ne')], { limit: 9 })).toEqual(
      ['a', 'b', 'c', 'd', '', 'e'].map((text, at) => ({ line: at + 1, text })),
    );
    expect(split([encode('a\r'), encode('\nb\r\n')], { limit: 9 }).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('keeps line ends and delimiters within quotes and counts the lines they take', () => {
    expect(split([encode('a,"x\r\ny,""\nz"\nb,1\r\n')], comma)).toEqual([
      { line: 1, text: 'a,"x\r\ny,""\nz"' },
      { line: 4, text: 'b,1' },
    ]);
  });

  it('takes a quote inside of an unquoted field for a character', () => {
    expect(split([encode('5" pipe,1\n6" pipe,2')], comma).map(({ text }) => text)).toEqual(['5" pipe,1', '6" pipe,2']);
  });

  it('marks text after a closing quote and goes on with the next line', () => {
    expect(split([encode('"a"b,1\nc,2\n')], comma)).toEqual([
      { line: 1, text: '!quote' },
      { line: 2, text: 'c,2' },
    ]);
  });

  it('marks a quote that the end of the file leaves open, and goes on with the line after it', () => {
    expect(split([encode('a,1\n"b\n,2\nc,3')], comma)).toEqual([
      { line: 1, text: 'a,1' },
      { line: 2, text: '!open' },
      { line: 3, text: ',2' },
      { line: 4, text: 'c,3' },
    ]);
    expect(split([encode('a,"x\r\ny",2,"b\r\nc,3\r\nd,"4\r\ne,5')], { ...comma, limit: 50 })).toEqual([
      { line: 2, text: '!stray' },
      { line: 3, text: 'c,3' },
      { line: 4, text: '!open' },
      { line: 5, text: 'e,5' },
    ]);
  });

  it('goes on with the line after a quote after whose closing, on another line, text follows', () => {
    expect(split([encode('a,"b\nc,3\nd,"4",5\ne,6\n')], comma)).toEqual([
      { line: 1, text: '!stray' },
      { line: 2, text: 'c,3' },
      { line: 3, text: 'd,"4",5' },
      { line: 4, text: 'e,6' },
    ]);
  });

  it('skips a record that is longer than the limit to the next line end, one within quotes to the line after its quote', () => {
    expect(split([encode(`${'a'.repeat(21)}\n${'b'.repeat(20)}\n"${'c\n'.repeat(10)}c\nd`)], comma)).toEqual([
      { line: 1, text: '!long' },
      { line: 2, text: 'b'.repeat(20) },
      { line: 3, text: '!far' },
      ...Array.from({ length: 10 }, (_, at) => ({ line: 4 + at, text: 'c' })),
      { line: 14, text: 'd' },
    ]);
    expect(split([encode(`"${'a'.repeat(30)}\nb`)], comma)).toEqual([
      { line: 1, text: '!long' },
      { line: 2, text: 'b' },
    ]);
  });

  it('loses no line after a quote that should not be there', () => {
    const lines = fc.array(fc.constantFrom('a,1', 'b,"2"', '"c ""3"" x",4', 'd', ''), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, fc.nat(12), fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (rest, place, end, ends) => {
        const [before, after] = [rest.slice(0, place), rest.slice(place)];
        const text = [...before, 'x,"y', ...after].join(end) + (ends ? end : '');
        const found = split([encode(text)], { ...comma, limit: 500 });
        const expected = [...before, null, ...after].map((line, at) => ({ line: at + 1, text: line }));
        const filled = (list: readonly { line: number; text: string | null }[]) =>
          list.filter((one) => one.text !== '');
        const shown = found.map(({ line, text: one }) => ({ line, text: one.startsWith('!') ? null : one }));
        expect(filled(shown)).toEqual(filled(expected));
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same records however the bytes are cut into chunks', () => {
    const bytes = fc
      .array(fc.constantFrom('"', ',', '\n', '\r', 'a', 'é'), { maxLength: 60 })
      .map((characters) => encode(characters.join('')));
    const options = fc.constantFrom({ limit: 7 }, { limit: 7, delimiter: 44 }, { limit: 50, delimiter: 44 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 6 }), options, (whole, cuts, option) => {
        const bounds = [0, ...cuts.filter((cut) => cut <= whole.length).sort((a, b) => a - b), whole.length];
        const chunks = bounds.slice(1).map((end, at) => whole.slice(bounds[at], end));
        expect(split(chunks, option)).toEqual(split([whole], option));
      }),
      { numRuns: 500 },
    );
  });
});
