import { concatBytes } from '@polytask/base';

/** The bytes of one record without its line end, or why there are none. `line` is where it starts, from 1. */
export type RawRecord = { readonly line: number } & (
  | { readonly bytes: Uint8Array }
  /**
   * Too long · text after a closing quote · a quote that is never closed, or not within the limit, or by one on another line that text follows. Where a quote was opened on an earlier line, `line` is
   * that line, and the line after it starts the next record.
   */
  | { readonly broken: 'long' | 'quote' | 'open' | 'far' | 'stray' }
);

export interface RecordSplitter {
  push(chunk: Uint8Array): RawRecord[];
  end(): RawRecord[];
  /** Whether the next byte starts a record. */
  idle(): boolean;
  /** The line at which the next record starts, when idle, after as many lines were read elsewhere. */
  pass(lines: number): number;
}

const none = new Uint8Array(0);
const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * Cuts chunks of bytes into records at LF, CRLF or CR; with a delimiter, line ends inside of quoted fields do not count (RFC 4180).
 *
 * Where the chunks are cut makes no difference. At most `limit` bytes of an unfinished record are held: the rest of a longer one is
 * skipped to the next line end. A quote that is not closed within `limit` bytes or the file, or after whose closing text follows on another line, was
 * never meant to go on: reading goes back to the line after it, so that one stray quote costs one record.
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
  let opened = 0; // those before the quote that was opened last
  let resume = -1; // the record's bytes up to the line after that quote's, -1 on the line itself
  let afterReturn = false; // the last byte was a CR

  const finish = (rest: Uint8Array, atEnd = false): RawRecord => {
    const at = line;
    line += 1 + inside;
    const isOpen = state === 'quoted' && atEnd;
    const broken = state === 'skipping' ? 'long' : isOpen ? 'open' : malformed ? 'quote' : undefined;
    const record: RawRecord = broken
      ? { line: isOpen ? at + opened : at, broken }
      : { line: at, bytes: join(kept, keptBytes, rest) };
    restart();
    return record;
  };

  const restart = () => {
    state = first;
    malformed = false;
    kept = [];
    keptBytes = 0;
    inside = 0;
    opened = 0;
    resume = -1;
    started = false;
  };

  const push = (given: Uint8Array): RawRecord[] => {
    const records: RawRecord[] = [];
    let chunk = given;
    let start = 0;
    let at = 0;
    /** Ends the record where its last quote was opened; the next one starts on the line after that. */
    const goBack = (broken: 'stray' | 'far') => {
      records.push({ line: line + opened, broken });
      if (resume < keptBytes) {
        chunk = join(kept, keptBytes, chunk.subarray(start));
        start = resume;
      } else start += resume - keptBytes;
      at = start - 1; // the loop goes on with the next
      afterReturn = chunk[at] === CR;
      line += opened + 1;
      restart();
    };
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!;
      const newLine = byte === LF || byte === CR;
      if (afterReturn && byte === LF) {
        afterReturn = false; // the second half of a CRLF
        if (state !== 'quoted') {
          start = at + 1;
          continue;
        }
      } else {
        afterReturn = byte === CR;
        if (newLine && state === 'quoted') {
          inside++;
          if (resume < 0) resume = keptBytes + at + 1 - start;
        }
      }
      if (newLine && state !== 'quoted') {
        records.push(finish(chunk.subarray(start, at)));
        start = at + 1;
        continue;
      }
      started = true;
      if (state !== 'skipping' && keptBytes + at - start >= limit) {
        if (state === 'quoted' && resume >= 0) {
          goBack('far');
          continue;
        }
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
        else if (resume >= 0) goBack('stray');
        else {
          malformed = true;
          state = 'plain';
        }
      } else if (state !== 'skipping') {
        if (byte === QUOTE && state === 'field') {
          state = 'quoted';
          opened = inside;
          resume = -1;
        } else state = byte === delimiter ? 'field' : 'plain';
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
    end() {
      const records: RawRecord[] = [];
      while (started) {
        const next = line + opened + 1;
        const rest = state === 'quoted' && resume >= 0 ? join(kept, keptBytes, none).subarray(resume - 1) : undefined;
        records.push(finish(none, true));
        if (rest === undefined) break;
        line = next;
        afterReturn = rest[0] === CR;
        records.push(...push(rest.subarray(1)));
      }
      return records;
    },
    idle: () => !started && !afterReturn,
    pass(lines) {
      line += lines;
      return line;
    },
  };
}

const join = (parts: readonly Uint8Array[], length: number, rest: Uint8Array): Uint8Array =>
  length === 0 ? rest : concatBytes([...parts, rest]);
