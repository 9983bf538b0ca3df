import { quote, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { share, within } from '../options.ts';
import { joinTokens, textTokens } from './text-tokens.ts';

export type TokenMaskOptions = {
  /** The share of tokens that are masked. Default: 0.15. */
  readonly rate?: number;
  /** What stands in their place. Default: `[MASK]`, which WordPiece tokenizers read as one token. */
  readonly mask?: string;
};

/**
 * Puts a mask in the place of words of a text, or of characters where a script has no spaces ("blank noising", to which a model backs off).
 *
 * Xie et al., "Data Noising as Smoothing in Neural Network Language Models", ICLR 2017.
 *
 * @throws RangeError when the rate is not from 0 to 1 or the mask is empty.
 */
export function tokenMask({ rate = 0.15, mask = '[MASK]' }: TokenMaskOptions = {}): Augmentation<string> {
  within('rate', rate, 0, 1);
  if (typeof mask !== 'string' || mask === '') throw new RangeError(`mask: expected a text. Found ${quote(mask)}.`);
  return {
    name: 'tokenMask',
    options: { rate, mask },
    touches: ['detail'],
    apply(text, key) {
      const next = words(key);
      const { tokens, gaps } = textTokens(text);
      return joinTokens({ tokens: tokens.map((token) => (share(next) < rate ? mask : token)), gaps });
    },
  };
}
