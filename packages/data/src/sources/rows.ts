import { PolytaskError, type Problem } from '@polytask/base';
import { readBytes } from './bytes.ts';
import { type LineBlock, lineBlocks } from './line-blocks.ts';
import { type RawRecord, recordSplitter } from './records.ts';
import type { Cell, Source, SourceInput, SourceOptions, SourceRow, Values } from './types.ts';

const brokenRecords = {
  long: {
    code: 'E2112',
    message: 'The line is longer than the limit of',
    fix: 'Shorten it.',
  },
  quote: {
    code: 'E2116',
    message: 'Text follows a closing quote.',
    fix: 'Double the quotes inside of a quoted field, and close each.',
  },
  open: {
    code: 'E2117',
    message: 'The quote that opens here is never closed; reading goes on at the next line.',
    fix: 'Close it, or double it if it belongs to the text.',
  },
  stray: {
    code: 'E2117',
    message:
      'The quote that opens here is not closed: the next one, on another line, has text after it. Reading goes on at the next line.',
    fix: 'Close it, or double it if it belongs to the text.',
  },
  far: {
    code: 'E2117',
    message: 'The quote that opens here is not closed within the limit of',
    fix: 'Close it, or double it if it belongs to the text; reading goes on at the next line.',
  },
} as const;

/** How the text of a record becomes what a row holds. */
export interface RecordReader<Content> {
  /** What the record within `start` and `end` of the text holds, or what is wrong with it; undefined for a line that is no row. */
  read(text: string, start: number, end: number): { readonly content: Content } | { readonly bad: Problem } | undefined;
  /** Where a record with quotes ends that starts at `at`: its line end's place, or -1 when it is malformed or ends after the text. */
  endOf?(text: string, at: number): number;
}

/** A row, as the reader of its format has it. */
export type FoundRow<Content> =
  | { readonly row: number; readonly line: number; readonly content: Content }
  | { readonly row: number; readonly line: number; readonly bad: Problem };

/** Turns the text of a record into the cells of a row, or into what is wrong with it; undefined for a line that is no row. */
export type RowParser = (text: string) => { values: Values } | { bad: Problem } | undefined;

/**
 * A source over lines of text; `makeParser` is called once per reading, so that a parser that has to see a header keeps it to itself.
 */
export function rowSource(input: SourceInput, options: SourceOptions, makeParser: (file: string) => RowParser): Source {
  const name = nameOf(input, options);
  checkOptions(options);
  return {
    name,
    async *[Symbol.asyncIterator]() {
      const parse = makeParser(name);
      const read = (text: string, start: number, end: number) => {
        const parsed = parse(text.slice(start, end));
        return parsed && 'values' in parsed ? { content: parsed.values } : parsed;
      };
      for await (const block of rowBlocks<Values>(input, options, undefined, { read })) {
        for (const found of block) {
          yield 'bad' in found ? found : ({ row: found.row, line: found.line, values: found.content } as SourceRow);
        }
      }
    },
  };
}

export const nameOf = (input: SourceInput, options: SourceOptions): string =>
  typeof input === 'string' ? input : (options.name ?? 'stdin');

const limitOf = ({ maxLineBytes = 1024 * 1024 }: SourceOptions): number => maxLineBytes;

/** @throws RangeError when `maxLineBytes` is not a positive integer. */
export function checkOptions(options: SourceOptions): void {
  const limit = limitOf(options);
  if (Number.isInteger(limit) && limit > 0) return;
  throw new RangeError(`maxLineBytes: expected a positive integer. Found ${limit}.`);
}

/** The rows of an input, many at a time. With a delimiter, line ends inside of quotes do not end a row. */
export async function* rowBlocks<Content>(
  input: SourceInput,
  options: SourceOptions,
  delimiter: number | undefined,
  reader: RecordReader<Content>,
): AsyncGenerator<readonly FoundRow<Content>[]> {
  const file = nameOf(input, options);
  const limit = limitOf(options);
  const splitter = recordSplitter(delimiter === undefined ? { limit } : { limit, delimiter });
  const decoder = new TextDecoder(options.encoding ?? 'utf-8', { fatal: true, ignoreBOM: true });
  let row = 0;
  let seen = false;
  let found: FoundRow<Content>[] = [];

  const bad = (problem: Problem, line: number) => {
    if (delimiter !== undefined && !seen) throw new PolytaskError('data', { ...problem, file, line }); // no header, no columns
    seen = true;
    found.push({ row: ++row, line, bad: { ...problem, file, line, row } });
  };
  const take = (text: string, start: number, end: number, line: number) => {
    const parsed = reader.read(text, start, end);
    if (parsed === undefined) seen ||= text.slice(start, end).trim() !== '';
    else if ('bad' in parsed) bad(parsed.bad, line);
    else {
      seen = true;
      found.push({ row: ++row, line, content: parsed.content });
    }
  };
  const raw = (record: RawRecord) => {
    const { line } = record;
    if ('broken' in record) {
      const { code, message, fix } = brokenRecords[record.broken];
      const isLimit = record.broken === 'long' || record.broken === 'far';
      bad({ code, message: isLimit ? `${message} ${limit} bytes.` : message, fix }, line);
    } else if (record.bytes.length > 0) {
      const decoded = decode(decoder, record.bytes);
      if (typeof decoded === 'string') take(decoded, 0, decoded.length, line);
      else bad(decoded, line);
    }
  };

  for await (const block of lineBlocks(readBytes(input, file), splitter, decoder, limit)) {
    found = [];
    if ('records' in block) for (const record of block.records) raw(record);
    else eachLine(block, delimiter === undefined ? undefined : reader.endOf, take);
    if (found.length > 0) yield found;
  }
  if (!seen) throw new PolytaskError('data', { code: 'E2102', file, message: 'The file is empty.' });
}

/** Cuts a block at LF or CRLF; a lone CR, or a record with quotes whose end is not found, stops the block. */
function eachLine(
  { text, line: first, stop }: LineBlock,
  endOf: RecordReader<unknown>['endOf'],
  take: (text: string, start: number, end: number, line: number) => void,
): void {
  const place = (mark: string, from: number) => {
    const found = text.indexOf(mark, from);
    return found < 0 ? text.length : found;
  };
  let quote = endOf === undefined ? text.length : place('"', 0); // the next one; most lines have none
  let back = place('\r', 0);
  let line = first;
  for (let at = 0; at < text.length; ) {
    let lineEnd = text.indexOf('\n', at);
    let next = line + 1;
    let end = lineEnd;
    if (quote < lineEnd) {
      end = endOf!(text, at);
      if (end < 0) {
        stop(at, line - first);
        return;
      }
      for (; lineEnd < end; next++) lineEnd = text.indexOf('\n', lineEnd + 1);
      if (text.charCodeAt(end - 1) === CR) end--;
      quote = place('"', lineEnd);
      if (back < lineEnd) back = place('\r', lineEnd);
    } else if (back < lineEnd) {
      if (back !== lineEnd - 1) {
        stop(at, line - first);
        return;
      }
      end = back;
      back = place('\r', lineEnd);
    }
    if (end > at) take(text, at, end, line);
    at = lineEnd + 1;
    line = next;
  }
}

const CR = 13;

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

// Objects without a prototype are slow to fill; those of a constructor whose prototype is empty are not, and inherit nothing either.
function Row(this: unknown) {}
Row.prototype = Object.freeze(Object.create(null));

/** A row that inherits nothing: `__proto__` is a name like any other. */
export function row(): Record<string, Cell> {
  return new (Row as unknown as new () => Record<string, Cell>)();
}
