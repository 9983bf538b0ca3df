/** What a character is to a splitter of words. Unspaced: scripts that put no spaces between words. */
export const space = 0;
export const letter = 1;
export const punctuation = 2;
export const unspaced = 3;

const unspacedScript =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]$/u;
const word = /^[\p{L}\p{N}\p{M}]$/u;
const blank = /^[\s\p{Cc}\p{Z}]$/u;

/** The class of a code point. */
export function characterClass(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  if (blank.test(character)) return space;
  if (unspacedScript.test(character) && word.test(character)) return unspaced;
  return word.test(character) ? letter : punctuation;
}
