import { normalizeText } from '../text/normalize-text.ts';

/**
 * A group number per example; examples whose texts are equal after normalisation (NFKC, lower case, white space) share one.
 *
 * `texts` holds the texts of each example, one or several.
 */
export function duplicateGroups(texts: readonly (string | readonly string[])[]): Uint32Array {
  const groups = new Map<string, number>();
  return Uint32Array.from(texts, (text) => {
    const content = JSON.stringify((typeof text === 'string' ? [text] : text).map((part) => normalizeText(part)));
    const known = groups.get(content);
    if (known !== undefined) return known;
    groups.set(content, groups.size);
    return groups.size - 1;
  });
}
