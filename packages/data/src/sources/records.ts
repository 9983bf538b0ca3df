/** The bytes of one record without its line end, or why there are none. `line` is where it starts, from 1. */
export type RawRecord = { readonly line: number } & (
  | { readonly bytes: Uint8Array }
  /** Too long · text after a closing quote · a quote that the end of the file leaves open. */
  | {
      readonly broken: 'long' | 'quote' | 'open';
      /** The lines after the first that went with it. */
      readonly further: number;
    }
);

export interface RecordSplitter {
  push(chunk: Uint8Array): RawRecord[];
  end(): RawRecord[];
  /** Whether the next byte starts a record. */
  idle(): boolean;
  /** The line at which the next record starts, when idle, after as many lines were read elsewhere. */
  pass(lines: number): number;
}

const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * Cuts chunks of bytes into records at LF, CRLF or CR; with a delimiter, line ends inside of quoted fields do not count (RFC 4180).
 *
 * Where the chunks are cut makes no difference. At most `limit` bytes of an unfinished record are held: the rest of a longer one is
 * skipped to the next line end, also inside of quotes, so that one stray quote costs at most `limit` bytes.
 */
export function recordSplitter({ limit, delimiter }: { limit: number; delimiter?: number }): RecordSplitter {
  const quoting = delimiter !== undefined;
  const first = quoting ? 'field' : 'plain';
  let state: 'field' | 'plain' | 'quoted' | 'closing' | 'skipping' = first;
  let malformed = false;
  let kept: Uint8Array[] = []; // the record's part in earlier chunks
  let keptBytes = 0;
  let started = false;
  let line = 1; // of the record's start
  let inside = 0; // line ends within quotes
  let afterReturn = false; // the last byte was a CR
  let afterLine = false; // the last byte ended a line

  const finish = (rest: Uint8Array, atEnd = false): RawRecord => {
    const at = line;
    line += 1 + inside;
    const broken =
      state === 'skipping' ? 'long' : state === 'quoted' && atEnd ? 'open' : malformed ? 'quote' : undefined;
    const record: RawRecord = broken
      ? { line: at, broken, further: inside - (inside > 0 && afterLine ? 1 : 0) }
      : { line: at, bytes: join(kept, keptBytes, rest) };
    state = first;
    malformed = false;
    kept = [];
    keptBytes = 0;
    inside = 0;
    started = false;
    return record;
  };

  const push = (chunk: Uint8Array): RawRecord[] => {
    const records: RawRecord[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      const newLine = byte === LF || byte === CR;
      afterLine = newLine;
      if (afterReturn && byte === LF) {
        afterReturn = false; // the second half of a CRLF
        if (state !== 'quoted') {
          start = at + 1;
          continue;
        }
      } else {
        afterReturn = byte === CR;
        if (newLine && state === 'quoted') inside++;
      }
      if (newLine && state !== 'quoted') {
        records.push(finish(chunk.subarray(start, at)));
        start = at + 1;
        continue;
      }
      started = true;
      if (state !== 'skipping' && keptBytes + at - start >= limit) {
        state = 'skipping';
        if (newLine) {
          inside--; // the record ends here after all
          records.push(finish(chunk.subarray(start, at)));
          start = at + 1;
          continue;
        }
      }
      if (!quoting) continue;
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'closing';
      } else if (state === 'closing') {
        if (byte === QUOTE) state = 'quoted';
        else if (byte === delimiter) state = 'field';
        else {
          malformed = true;
          state = 'plain';
        }
      } else if (state !== 'skipping') {
        state = byte === delimiter ? 'field' : byte === QUOTE && state === 'field' ? 'quoted' : 'plain';
      }
    }
    if (state === 'skipping') {
      kept = [];
      keptBytes = 0;
    } else if (start < chunk.length) {
      kept.push(chunk.slice(start)); // a copy: streams reuse their buffers
      keptBytes += chunk.length - start;
    }
    return records;
  };

  return {
    push,
    end: () => (started ? [finish(new Uint8Array(0), true)] : []),
    idle: () => !started && !afterReturn,
    pass(lines) {
      line += lines;
      return line;
    },
  };
}

function join(parts: readonly Uint8Array[], length: number, rest: Uint8Array): Uint8Array {
  if (length === 0) return rest;
  const bytes = new Uint8Array(length + rest.length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  bytes.set(rest, length);
  return bytes;
}
