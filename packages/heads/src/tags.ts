import { PolytaskError, quote } from '@polytask/base';
import { readTag, type Span, spansOf } from '@polytask/metrics';
import { isBrokenList, readWritten } from './written.ts';

/**
 * The tags of a text, one per word: of a list, of a list written as JSON or as Python prints it, or of a text with white space between them.
 *
 * @throws PolytaskError E2341 for anything else.
 */
export function readTags(given: unknown): readonly string[] {
  if (typeof given === 'string') {
    const written = readWritten(given);
    if (written !== undefined) return readTags(written);
    if (!isBrokenList(given)) return wordsOf(given);
  }
  if (Array.isArray(given) && given.every((tag) => typeof tag === 'string' && tag !== '')) return given;
  throw new PolytaskError('data', {
    code: 'E2341',
    message: `Expected tags: a list of texts, such as ["O", "B-city"], or a text with spaces between them. Found ${quote(given)}.`,
  });
}

/** The words of a text: what stands between white space. Each has one tag. */
export const wordsOf = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

/** How tags say where spans begin and end. */
export type TagScheme = 'BIO' | 'BIOES' | 'other';

/** BIOES where any tag is E or S; BIO where every span begins with B; other where not: IO, or BIO whose B only parts neighbours. */
export function schemeOf(texts: readonly (readonly string[])[]): TagScheme {
  const prefixes = new Set(texts.flat().map((tag) => readTag(tag).prefix));
  if (prefixes.has('E') || prefixes.has('S')) return 'BIOES';
  if (!prefixes.has('B')) return 'other';
  return texts.every((tags) => spansOf(tags).every(({ start }) => readTag(tags[start]!).prefix === 'B'))
    ? 'BIO'
    : 'other';
}

/** The same spans in tags that the scheme allows: an I that begins a span becomes a B, and so on. */
export function repairTags(tags: readonly string[], scheme: TagScheme): { tags: string[]; spans: Span[] } {
  const spans = spansOf(tags);
  if (scheme === 'other') return { tags: [...tags], spans };
  const repaired = tags.map(() => 'O');
  for (const { label, start, end } of spans) {
    for (let at = start; at < end; at++) repaired[at] = written(prefixOf(at - start, end - start, scheme), label);
  }
  return { tags: repaired, spans };
}

const prefixOf = (at: number, length: number, scheme: TagScheme): string => {
  if (scheme === 'BIO') return at === 0 ? 'B' : 'I';
  if (length === 1) return 'S';
  return at === 0 ? 'B' : at === length - 1 ? 'E' : 'I';
};

const written = (prefix: string, label: string): string => (label === '' ? prefix : `${prefix}-${label}`);

/** A span of words, as it stands in the text. */
export type LocatedSpan = Span & {
  /** Offsets in the text, in UTF-16 code units, `to` behind the last. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
};

/** Where spans of words stand in their text. Spans of words that the text does not have are left out. */
export function locateSpans<Given extends Span>(text: string, spans: readonly Given[]): (Given & LocatedSpan)[] {
  const words = [...text.matchAll(/\S+/gu)];
  return spans.flatMap((span) => {
    const [first, last] = [words[span.start], words[span.end - 1]];
    if (!first || !last) return [];
    const [from, to] = [first.index, last.index + last[0].length];
    return [{ ...span, from, to, text: text.slice(from, to) }];
  });
}
