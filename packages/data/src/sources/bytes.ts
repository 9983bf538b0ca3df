import { PolytaskError } from '@polytask/base';
import { openFile } from './file.ts';
import type { SourceInput } from './types.ts';

const signatures: readonly { readonly bytes: readonly number[]; readonly what: string; readonly fix: string }[] = [
  { bytes: [0xff, 0xfe], what: 'UTF-16 text', fix: 'Save it as UTF-8.' },
  { bytes: [0xfe, 0xff], what: 'UTF-16 text', fix: 'Save it as UTF-8.' },
  { bytes: [0x1f, 0x8b], what: 'a gzip archive', fix: 'Unpack it first: gunzip FILE.' },
  { bytes: [0x50, 0x4b, 3, 4], what: 'a zip archive or a spreadsheet', fix: 'Unpack it, or export it as CSV.' },
];

/**
 * The bytes of an input without a byte order mark.
 *
 * @throws PolytaskError E1401 no such file · E1402 a folder · E2101 cannot be read · E2103 not UTF-8 text.
 */
export async function* readBytes(input: SourceInput, name: string): AsyncGenerator<Uint8Array> {
  const chunks = typeof input === 'string' ? await openFile(input) : input;
  const encoder = new TextEncoder();
  let head: Uint8Array | undefined = new Uint8Array(0); // the first four bytes may come one at a time
  try {
    for await (const part of chunks) {
      const chunk = typeof part === 'string' ? encoder.encode(part) : part;
      if (head === undefined) {
        yield chunk;
        continue;
      }
      const joined: Uint8Array = new Uint8Array(head.length + chunk.length);
      joined.set(head);
      joined.set(chunk, head.length);
      head = joined;
      if (head.length < 4) continue;
      yield withoutMark(head, name);
      head = undefined;
    }
  } catch (error) {
    if (PolytaskError.is(error)) throw error;
    const message = `Cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
    throw new PolytaskError('data', { code: 'E2101', file: name, message }, { cause: error });
  }
  if (head !== undefined && head.length > 0) yield withoutMark(head, name);
}

function withoutMark(head: Uint8Array, file: string): Uint8Array {
  const found = signatures.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte));
  if (found) {
    const message = `Expected UTF-8 text. Found ${found.what}.`;
    throw new PolytaskError('data', { code: 'E2103', file, message, fix: found.fix });
  }
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
}
