import { PolytaskError, type Problem } from '@polytask/base';
import { readBytes } from './bytes.ts';
import { type RawRecord, recordSplitter } from './records.ts';
import type { Cell, Source, SourceInput, SourceOptions, Values } from './types.ts';

const brokenRecords = {
  long: { code: 'E2112', message: 'The line is longer than the limit of', fix: 'Shorten it.' },
  quote: {
    code: 'E2116',
    message: 'Text follows a closing quote.',
    fix: 'Double the quotes inside of a quoted field.',
  },
  open: {
    code: 'E2117',
    message: 'The quote that opens here is never closed.',
    fix: 'Close it, or double it if it belongs to the text.',
  },
} as const;

/** Turns the text of a record into the cells of a row, or into what is wrong with it; undefined for a line that is no row. */
export type RowParser = (text: string) => { values: Values } | { bad: Problem } | undefined;

/**
 * A source over records: bytes are cut, decoded and parsed one record at a time.
 *
 * `makeParser` is called once per reading; a parser that has to see a header keeps it to itself.
 */
export function rowSource(
  input: SourceInput,
  options: SourceOptions,
  delimiter: number | undefined,
  makeParser: (file: string) => RowParser,
): Source {
  const name = typeof input === 'string' ? input : (options.name ?? 'stdin');
  const limit = options.maxLineBytes ?? 1024 * 1024;
  if (!(Number.isInteger(limit) && limit > 0))
    throw new RangeError(`maxLineBytes: expected a positive integer. Found ${limit}.`);
  return {
    name,
    [Symbol.asyncIterator]: () => rows(input, name, limit, delimiter, makeParser(name), options.encoding),
  };
}

async function* rows(
  input: SourceInput,
  file: string,
  limit: number,
  delimiter: number | undefined,
  parse: RowParser,
  encoding: 'utf-8' | 'latin1' = 'utf-8',
) {
  const splitter = recordSplitter(delimiter === undefined ? { limit } : { limit, delimiter });
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let row = 0;
  let seen = false;
  const read = (record: RawRecord) => {
    const { line } = record;
    const place = { file, line, row: row + 1 };
    const bad = (problem: Problem) => {
      if (delimiter !== undefined && !seen) throw new PolytaskError('data', { ...problem, file, line }); // no header, no columns
      seen = true;
      return { row: ++row, line, bad: { ...problem, ...place } };
    };
    if ('broken' in record) {
      const { code, message, fix } = brokenRecords[record.broken];
      return bad({ code, message: record.broken === 'long' ? `${message} ${limit} bytes.` : message, fix });
    }
    if (record.bytes.length === 0) return undefined;
    const text = decode(decoder, record.bytes);
    const parsed = typeof text === 'string' ? parse(text) : { bad: text };
    if (parsed === undefined) {
      seen ||= (text as string).trim() !== '';
      return undefined;
    }
    if ('bad' in parsed) return bad(parsed.bad);
    seen = true;
    return { row: ++row, line, values: parsed.values };
  };
  for await (const chunk of readBytes(input, file)) {
    for (const record of splitter.push(chunk)) {
      const found = read(record);
      if (found) yield found;
    }
  }
  for (const record of splitter.end()) {
    const found = read(record);
    if (found) yield found;
  }
  if (!seen) throw new PolytaskError('data', { code: 'E2102', file, message: 'The file is empty.' });
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | Problem {
  if (bytes.includes(0)) return { code: 'E2111', message: 'The line holds a NUL byte.', fix: 'Is this a text file?' };
  try {
    return decoder.decode(bytes);
  } catch {
    return {
      code: 'E2110',
      message: 'The line is not valid UTF-8.',
      fix: "Save the file as UTF-8, or read it with encoding: 'latin1'.",
    };
  }
}

/** A row without a prototype: `__proto__` is a name like any other. */
export function row(): Record<string, Cell> {
  return Object.create(null) as Record<string, Cell>;
}
