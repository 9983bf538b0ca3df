import { openFile } from './file.ts';
import type { SourceInput } from './types.ts';

const candidates = [',', ';', '\t', '|'];

/** The character among comma, semicolon, tab and bar that cuts the header row into the most fields; a comma where none does. */
export async function sniffDelimiter(input: SourceInput): Promise<{ delimiter: string; input: SourceInput }> {
  if (typeof input === 'string') {
    for await (const chunk of await openFile(input)) return { delimiter: ofHeader(textOf(chunk)), input };
    return { delimiter: ',', input };
  }
  const chunks = input[Symbol.asyncIterator]();
  const read: (Uint8Array | string)[] = [];
  let header = '';
  while (!/[\r\n]/.test(header.trimStart()) && header.length < 65536) {
    const { done, value } = await chunks.next();
    if (done) break;
    read.push(typeof value === 'string' ? value : value.slice());
    header += textOf(value);
  }
  async function* again() {
    yield* read;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { delimiter: ofHeader(header), input: again() };
}

const textOf = (chunk: Uint8Array | string) =>
  typeof chunk === 'string' ? chunk : new TextDecoder('latin1').decode(chunk.subarray(0, 65536));

function ofHeader(text: string): string {
  const counts = new Map(candidates.map((candidate) => [candidate, 0]));
  let quoted = false;
  for (const character of text.trimStart()) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) break;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  return candidates.reduce((best, one) => (counts.get(one)! > counts.get(best)! ? one : best));
}
