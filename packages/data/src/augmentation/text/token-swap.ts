import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { integerWithin, within } from '../options.ts';
import { swappedOrder } from './choose.ts';
import { joinTokens, textTokens } from './text-tokens.ts';

export type TokenSwapOptions = {
  /** The share of tokens that change places with a later one. Default: 0.1. */
  readonly rate?: number;
  /** How far apart two are at most. Default: 1, neighbours. */
  readonly distance?: number;
};

/**
 * Words of a text change places, or characters where a script has no spaces; what stands between them stays where it is. None is lost.
 *
 * @throws RangeError when an option is out of range.
 */
export function tokenSwap({ rate = 0.1, distance = 1 }: TokenSwapOptions = {}): Augmentation<string> {
  within('rate', rate, 0, 1);
  integerWithin('distance', distance, 1, 1000);
  return {
    name: 'tokenSwap',
    options: { rate, distance },
    touches: ['wordOrder'],
    apply(text, key) {
      const { tokens, gaps } = textTokens(text);
      const order = swappedOrder(words(key), tokens.length, rate, distance);
      return joinTokens({ tokens: order.map((at) => tokens[at]!), gaps });
    },
  };
}
