import { characterClass, letter, unspaced } from '../../text/characters.ts';

/** A text as tokens and what stands around them: gaps[0] tokens[0] gaps[1] … tokens[n − 1] gaps[n]. */
export type TextTokens = { readonly tokens: string[]; readonly gaps: string[] };

const mark = /^\p{M}$/u;

/**
 * Splits a text at words, and within scripts that put no spaces between words (Chinese, Japanese, Thai, …) at characters. White space,
 * punctuation and emoji are gaps. Nothing is lost: `joinTokens` gives the text back.
 */
export function textTokens(text: string): TextTokens {
  const tokens: string[] = [];
  const gaps: string[] = [''];
  let last = -1; // the class of the character before
  for (const character of text) {
    const found = characterClass(character.codePointAt(0)!);
    const isMark = tokens.length > 0 && (last === letter || last === unspaced) && mark.test(character);
    if (isMark || (found === letter && last === letter)) tokens[tokens.length - 1] += character;
    else if (found === letter || found === unspaced) {
      tokens.push(character);
      gaps.push('');
    } else gaps[gaps.length - 1] += character;
    if (!isMark) last = found;
  }
  return { tokens, gaps };
}

export function joinTokens({ tokens, gaps }: TextTokens): string {
  let text = gaps[0]!;
  for (let at = 0; at < tokens.length; at++) text += tokens[at]! + gaps[at + 1]!;
  return text;
}

/** Whether a token is written without spaces around it. */
export const isUnspaced = (token: string): boolean => characterClass(token.codePointAt(0)!) === unspaced;
