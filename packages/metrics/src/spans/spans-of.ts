/** A run of tokens with a type: from token `start` to before token `end`. */
export type Span = { readonly label: string; readonly start: number; readonly end: number };

/**
 * The spans of tags such as `B-city`, `I-city`, `O`, read as conlleval reads them: whatever the tags, there is one reading.
 *
 * A span ends before O, B, S and another type, and after E and S; one begins at B and S, and at I and E behind O, behind an end, and where
 * the type changes. So an I without a beginning is one: `O I-city I-city` has the span `city`. BIO (IOB2), IOB1, IO and BIOES (IOBES) need no telling
 * apart. What has no prefix of these is a type of its own kind in IO: `city city O` has one span.
 *
 * Tjong Kim Sang & Buchholz, "Introduction to the CoNLL-2000 Shared Task: Chunking", 2000.
 */
export function spansOf(tags: readonly string[]): Span[] {
  const spans: Span[] = [];
  let open: { label: string; start: number } | null = null;
  let before: Tag = outside;
  for (const [at, text] of tags.entries()) {
    const tag = readTag(text);
    if (open && ends(before, tag)) {
      spans.push({ ...open, end: at });
      open = null;
    }
    if (starts(before, tag)) open = { label: tag.type, start: at };
    before = tag;
  }
  if (open) spans.push({ ...open, end: tags.length });
  return spans;
}

export type Tag = { readonly prefix: 'B' | 'I' | 'O' | 'E' | 'S'; readonly type: string };
const outside: Tag = { prefix: 'O', type: '' };

/** What stands before the first hyphen, and the type behind it. */
export function readTag(text: string): Tag {
  if (text === 'O' || text === '') return outside;
  const [, prefix, type] = /^([BIES])(?:-(.*))?$/s.exec(text) ?? [];
  return prefix === undefined ? { prefix: 'I', type: text } : { prefix: prefix as Tag['prefix'], type: type ?? '' };
}

const ends = (before: Tag, tag: Tag): boolean =>
  before.prefix !== 'O' &&
  (before.prefix === 'E' ||
    before.prefix === 'S' ||
    tag.prefix === 'B' ||
    tag.prefix === 'S' ||
    tag.prefix === 'O' ||
    before.type !== tag.type);

const starts = (before: Tag, tag: Tag): boolean =>
  tag.prefix !== 'O' &&
  (tag.prefix === 'B' ||
    tag.prefix === 'S' ||
    before.prefix === 'O' ||
    before.prefix === 'E' ||
    before.prefix === 'S' ||
    before.type !== tag.type);
