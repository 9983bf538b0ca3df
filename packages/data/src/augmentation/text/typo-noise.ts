import { integer, type Words, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { share, within } from '../options.ts';
import { isUnspaced, joinTokens, textTokens } from './text-tokens.ts';

export type TypoNoiseOptions = {
  /** The share of characters that are mistyped. Default: 0.03. */
  readonly rate?: number;
};

const keyboard = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

/** The keys beside each key of a QWERTY keyboard: left and right, and of the rows above and below. */
const neighbours: ReadonlyMap<string, string> = new Map(
  keyboard.flatMap((keys, row) =>
    Array.from(keys, (key, at) => {
      const beside = [keys[at - 1], keys[at + 1], keyboard[row - 1]?.[at], keyboard[row - 1]?.[at + 1]];
      const around = [...beside, keyboard[row + 1]?.[at - 1], keyboard[row + 1]?.[at]];
      return [key, around.filter((other) => other !== undefined).join('')] as const;
    }),
  ),
);

/**
 * Mistypes letters: each, with probability `rate`, changes places with the next one, is left out, is doubled, or, where it is on a QWERTY
 * keyboard, is one of the keys beside it. Words keep at least one character; characters of scripts without spaces change places with the next
 * one, are left out or doubled. White space and punctuation stay.
 *
 * @throws RangeError when the rate is not from 0 to 1.
 */
export function typoNoise({ rate = 0.03 }: TypoNoiseOptions = {}): Augmentation<string> {
  within('rate', rate, 0, 1);
  return {
    name: 'typoNoise',
    options: { rate },
    touches: ['spelling'],
    apply(text, key) {
      const next = words(key);
      const { tokens, gaps } = textTokens(text);
      const merged = runs(tokens, gaps);
      return joinTokens({ ...merged, tokens: merged.tokens.map((token) => mistyped(token, rate, next)) });
    },
  };
}

/** Neighbouring characters of scripts without spaces as one token. */
function runs(tokens: readonly string[], gaps: readonly string[]) {
  const merged = { tokens: [] as string[], gaps: [gaps[0]!] };
  tokens.forEach((token, at) => {
    const joins = at > 0 && gaps[at] === '' && isUnspaced(token) && isUnspaced(tokens[at - 1]!);
    if (joins) {
      merged.tokens[merged.tokens.length - 1] += token;
      merged.gaps[merged.gaps.length - 1] = gaps[at + 1]!;
    } else {
      merged.tokens.push(token);
      merged.gaps.push(gaps[at + 1]!);
    }
  });
  return merged;
}

function mistyped(word: string, rate: number, next: Words): string {
  const letters = Array.from(word);
  const typed: string[] = [];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    if (share(next) >= rate) {
      typed.push(letter);
      continue;
    }
    const beside = neighbours.get(letter.toLowerCase());
    switch (integer(next, beside ? 4 : 3)) {
      case 0:
        if (at + 1 < letters.length) typed.push(letters[++at]!);
        typed.push(letter);
        break;
      case 1:
        break;
      case 2:
        typed.push(letter, letter);
        break;
      default: {
        const other = beside![integer(next, beside!.length)]!;
        typed.push(letter === letter.toLowerCase() ? other : other.toUpperCase());
      }
    }
  }
  return typed.length > 0 ? typed.join('') : letters[0]!;
}
