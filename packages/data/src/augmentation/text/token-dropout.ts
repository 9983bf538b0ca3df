import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { within } from '../options.ts';
import { keptItems } from './choose.ts';
import { joinTokens, textTokens } from './text-tokens.ts';

export type TokenDropoutOptions = {
  /** The share of tokens that are dropped. Default: 0.1. */
  readonly rate?: number;
};

/**
 * Leaves out words of a text, or characters where a script has no spaces, each with the white space before it. At least one is left;
 * punctuation stays.
 *
 * @throws RangeError when the rate is not from 0 to 1.
 */
export function tokenDropout({ rate = 0.1 }: TokenDropoutOptions = {}): Augmentation<string> {
  within('rate', rate, 0, 1);
  return {
    name: 'tokenDropout',
    options: { rate },
    touches: ['detail'],
    apply(text, key) {
      const { tokens, gaps } = textTokens(text);
      const kept = keptItems(words(key), tokens.length, rate);
      if (kept.length === tokens.length) return text;
      const left = { tokens: kept.map((at) => tokens[at]!), gaps: [] as string[] };
      let gap = gaps[0]!;
      let turn = 0;
      for (let at = 0; at < tokens.length; at++) {
        if (kept[turn] === at) {
          left.gaps.push(gap);
          gap = gaps[at + 1]!;
          turn++;
        } else {
          const before = gap.trimEnd();
          gap = before === gap ? gap + gaps[at + 1]!.trimStart() : before + gaps[at + 1]!;
        }
      }
      left.gaps.push(gap);
      return joinTokens(left);
    },
  };
}
