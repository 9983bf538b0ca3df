import type { RawRecord, RecordSplitter } from './records.ts';

/** Whole lines that were read as one text; the last one ends the text with its LF. */
export type LineBlock = {
  readonly text: string;
  /** The line of the file at which the text starts, from 1. */
  readonly line: number;
  /** Says that records were taken up to the given place of the text only; what follows is cut into records byte by byte. */
  stop(at: number, lines: number): void;
};

/**
 * Cuts chunks of bytes into texts of whole lines where that is safe, and into single records where it is not.
 *
 * Decoding many lines at once is several times as fast as decoding each. It is left to the splitter, and with it to its rules for broken
 * records, where a block is not valid text, holds a NUL byte, or is so long that one of its records may be longer than the limit.
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  splitter: RecordSplitter,
  decoder: TextDecoder,
  limit: number,
): AsyncGenerator<LineBlock | { readonly records: readonly RawRecord[] }> {
  let rest = new Uint8Array(0); // the start of a line whose end has not come yet
  for await (const whole of chunks) {
    let chunk = whole;
    // the rest of a record that started earlier; from its end on, whole lines are taken again
    while (!splitter.idle() && chunk.length > 0) {
      const lineEnd = chunk.indexOf(LF) + 1 || chunk.length;
      const records = splitter.push(chunk.subarray(0, lineEnd));
      if (records.length > 0) yield { records };
      chunk = chunk.subarray(lineEnd);
    }
    if (chunk.length === 0) continue;
    const end = chunk.lastIndexOf(LF) + 1;
    if (end === 0) {
      yield { records: [...splitter.push(rest), ...splitter.push(chunk)] };
      rest = new Uint8Array(0);
      continue;
    }
    const block = joined(rest, chunk.subarray(0, end));
    rest = new Uint8Array(0);
    const text = block.length <= limit ? textOf(block, decoder) : undefined;
    if (text === undefined) yield { records: splitter.push(block) };
    else {
      let stopped: { at: number; lines: number } | undefined;
      const stop = (at: number, lines: number) => {
        stopped = { at, lines };
      };
      yield { text, line: splitter.pass(0), stop };
      splitter.pass(stopped ? stopped.lines : countLines(text));
      if (stopped) yield { records: splitter.push(bytesFrom(block, text, stopped.at)) };
    }
    if (splitter.idle())
      rest = chunk.slice(end); // a copy: streams reuse their buffers
    else yield { records: splitter.push(chunk.subarray(end)) };
  }
  yield { records: [...splitter.push(rest), ...splitter.end()] };
}

const LF = 10;

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}

function textOf(block: Uint8Array, decoder: TextDecoder): string | undefined {
  try {
    const text = decoder.decode(block);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

// One character is one byte in Latin-1 and in ASCII; only UTF-8 with longer characters has to be written again.
function bytesFrom(block: Uint8Array, text: string, at: number): Uint8Array {
  return text.length === block.length ? block.subarray(at) : new TextEncoder().encode(text.slice(at));
}
