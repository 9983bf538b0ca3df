import { type Key, uniform } from '@polytask/base';
import { specialTokens, type TokenizerJson } from '@polytask/data';

export interface TextHalves {
  /** The two halves of a text, each with the special tokens around it; none where no word begins in its middle third. The same key cuts a text the same way. */
  cut(ids: Int32Array, key: Key): readonly [Int32Array, Int32Array] | undefined;
  /** The most tokens of a half of a text of this length, special ones included. */
  most(length: number): number;
}

/**
 * Cuts texts in two for `halfMatching`: of n tokens between the first and the last, which are special, a word that begins in the middle third is
 * drawn, and the second half begins with it.
 *
 * @param tokenizer WordPiece: a word is not cut.
 */
export function textHalves({
  model: { vocab, continuing_subword_prefix: prefix },
}: Pick<TokenizerJson, 'model'>): TextHalves {
  const special = new Set<string>(specialTokens);
  const inner = new Set(
    Object.entries(vocab).flatMap(([token, id]) =>
      prefix !== '' && token.startsWith(prefix) && !special.has(token) ? [id] : [],
    ),
  );
  return {
    most: (length) => Math.floor((2 * Math.max(0, length - 2)) / 3) + 2,
    cut(ids, key) {
      const [first, last, own] = [ids[0]!, ids.at(-1)!, ids.subarray(1, -1)];
      const places: number[] = [];
      for (let at = Math.max(1, Math.ceil(own.length / 3)); at <= Math.floor((2 * own.length) / 3); at++)
        if (!inner.has(own[at]!)) places.push(at);
      const place = places[Math.floor(uniform(key, 1)[0]! * places.length)];
      if (place === undefined) return undefined;
      return [
        Int32Array.of(first, ...own.subarray(0, place), last),
        Int32Array.of(first, ...own.subarray(place), last),
      ];
    },
  };
}
