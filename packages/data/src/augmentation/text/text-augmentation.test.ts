import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { swappedOrder } from './choose.ts';
import { idDropout, idSwap } from './ids.ts';
import { idMask, maskIds } from './mask-ids.ts';
import { joinTokens, textTokens } from './text-tokens.ts';
import { tokenDropout } from './token-dropout.ts';
import { tokenMask } from './token-mask.ts';
import { tokenSwap } from './token-swap.ts';
import { typoNoise } from './typo-noise.ts';

const keys = fc.integer().map((seed) => key(seed));
const sorted = (text: string) => Array.from(text).sort().join('');
/** All that comes out with many keys. */
const outcomes = (apply: (seed: number) => string, count = 300) =>
  new Set(Array.from({ length: count }, (_, seed) => apply(seed)));

describe('textTokens', () => {
  test('are words, and characters where a script has no spaces; marks stay with their letters', () => {
    expect(textTokens('Hi, 北京 2x!')).toEqual({ tokens: ['Hi', '北', '京', '2x'], gaps: ['', ', ', '', ' ', '!'] });
    expect(textTokens('e\u0301a กำ🙂').tokens).toEqual(['e\u0301a', 'ก', 'ำ']);
    expect(textTokens('กี่').tokens).toEqual(['กี่']);
    expect(textTokens('')).toEqual({ tokens: [], gaps: [''] });
  });

  test('lose nothing of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(joinTokens(textTokens(text))).toBe(text);
      }),
    );
  });
});

describe('tokenDropout', () => {
  test('leaves out words with the white space before them, and punctuation where it is', () => {
    expect(outcomes((seed) => tokenDropout({ rate: 0.5 }).apply('One two, three', key(seed)))).toEqual(
      new Set(['One two, three', 'One two,', 'One, three', 'two, three', 'One,', 'two,', ', three']),
    );
  });

  test('leaves out characters of Chinese, and never everything', () => {
    expect(outcomes((seed) => tokenDropout({ rate: 0.5 }).apply('北京好', key(seed)))).toEqual(
      new Set(['北京好', '北京', '北好', '京好', '北', '京', '好']),
    );
    expect(outcomes((seed) => tokenDropout({ rate: 1 }).apply('a b', key(seed)))).toEqual(new Set(['a', 'b']));
  });

  test('drops its share', () => {
    const text = Array.from({ length: 5000 }, (_, at) => `w${at}`).join(' ');
    const left = tokenDropout({ rate: 0.2 }).apply(text, key(1)).split(' ');
    expect(Math.abs(left.length / 5000 - 0.8)).toBeLessThan(0.02);
    expect(tokenDropout({ rate: 0 }).apply(text, key(1))).toBe(text);
  });

  test('leaves no double spaces behind', () => {
    const text = 'a b c d e f g';
    fc.assert(
      fc.property(keys, (key) => {
        expect(tokenDropout({ rate: 0.6 }).apply(text, key)).toMatch(/^\w( \w)*$/);
      }),
    );
  });
});

describe('tokenSwap', () => {
  test('neighbours change places, what is between them stays', () => {
    expect(outcomes((seed) => tokenSwap({ rate: 0.5 }).apply('One two, three', key(seed)))).toEqual(
      new Set(['One two, three', 'two One, three', 'One three, two']),
    );
    expect(tokenSwap({ rate: 1 }).apply('北京', key(1))).toBe('京北');
  });

  test('loses nothing, and moves nothing further than its distance', () => {
    fc.assert(
      fc.property(keys, fc.nat(20), fc.integer({ min: 1, max: 4 }), (source, count, distance) => {
        const text = Array.from({ length: count }, (_, at) => `w${at}`).join(' ');
        const words = tokenSwap({ rate: 0.7, distance }).apply(text, source).split(' ');
        expect(words.toSorted()).toEqual(text.split(' ').toSorted());
        words.forEach((word, at) => {
          if (word !== '') expect(Math.abs(Number(word.slice(1)) - at)).toBeLessThanOrEqual(distance);
        });
      }),
    );
    expect(swappedOrder(() => 0, 1, 1, 1)).toEqual([0]);
  });
});

describe('tokenMask', () => {
  test('masks its share of the words, and nothing else', () => {
    expect(tokenMask({ rate: 1 }).apply('One two, 北!', key(1))).toBe('[MASK] [MASK], [MASK]!');
    const text = Array(5000).fill('word').join(' ');
    const masked = tokenMask({ rate: 0.15, mask: '_' }).apply(text, key(1)).split(' ');
    expect(Math.abs(masked.filter((one) => one === '_').length / 5000 - 0.15)).toBeLessThan(0.02);
  });
});

describe('typoNoise', () => {
  test('swaps, drops, doubles, or takes the key beside', () => {
    expect(outcomes((seed) => typoNoise({ rate: 1 }).apply('ap', key(seed)))).toContain('pa');
    const single = outcomes((seed) => typoNoise({ rate: 1 }).apply('Q', key(seed)));
    expect(single).toEqual(new Set(['Q', 'QQ', 'W', 'A']));
    expect(outcomes((seed) => typoNoise({ rate: 1 }).apply('é', key(seed)))).toEqual(new Set(['é', 'éé']));
  });

  test('swaps, drops or doubles characters of Chinese, beyond single ones', () => {
    const typed = outcomes((seed) => typoNoise({ rate: 0.5 }).apply('北京', key(seed)));
    expect(typed).toEqual(new Set(['北京', '京北', '北', '京', '北北京', '北京京', '北北京京', '北北', '京京']));
  });

  test('keeps words, white space and punctuation', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = typoNoise({ rate: 0.5 }).apply('Good  morning, world!\n', key);
        expect(text).toMatch(/^\p{L}+ {2}\p{L}+, \p{L}+!\n$/u);
      }),
    );
  });

  test('mistypes its share of letters', () => {
    const text = 'é'.repeat(4000);
    const typed = typoNoise({ rate: 0.1 }).apply(text, key(1));
    expect(Math.abs(typed.length - 4000)).toBeLessThan(60); // as many dropped as doubled
    expect(typed).not.toBe(text);
    expect(sorted(typoNoise({ rate: 0 }).apply(text, key(1)))).toBe(sorted(text));
  });
});

describe('ids', () => {
  const ids = Int32Array.of(1, 10, 11, 12, 13, 2);
  const special = [1, 2];

  test('special ones are never dropped, and not all of the others', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const left = idDropout({ rate: 1, special }).apply(ids, key);
        expect([left.length, left[0], left[2]]).toEqual([3, 1, 2]);
      }),
    );
    expect(idDropout({ rate: 1 }).apply(Int32Array.of(), key(1))).toEqual(Int32Array.of());
  });

  test('special ones stay in their places when others change them', () => {
    expect(idSwap({ rate: 1, special }).apply(ids, key(1))).toEqual(Int32Array.of(1, 11, 10, 13, 12, 2));
  });

  test('are masked as in BERT: 15 % chosen, of which 80 % become the mask, 10 % a random id, 10 % stay', () => {
    const many = new Int32Array(40_000).fill(7);
    const { ids: masked, chosen } = maskIds(many, key(1), { mask: 4, vocabulary: 1000, special: [0, 1, 2, 3] });
    const count = (test: (id: number, at: number) => boolean) => masked.filter(test).length;
    const share = (part: number, of: number) => part / of;
    const picked = chosen.reduce((sum, one) => sum + one, 0);
    expect(Math.abs(share(picked, 40_000) - 0.15)).toBeLessThan(0.01);
    expect(
      Math.abs(
        share(
          count((id) => id === 4),
          picked,
        ) - 0.8,
      ),
    ).toBeLessThan(0.02);
    expect(
      Math.abs(
        share(
          count((id) => id !== 4 && id !== 7),
          picked,
        ) - 0.1,
      ),
    ).toBeLessThan(0.02);
    expect(count((id, at) => id !== 7 && !chosen[at])).toBe(0);
    expect(count((id) => id < 4 || id >= 1000)).toBe(0);
  });

  test('of whole words are chosen together', () => {
    const pieces = Int32Array.of(1, 10, 90, 90, 11, 12, 90, 2, 90);
    for (let seed = 0; seed < 100; seed++) {
      const options = { mask: 4, vocabulary: 100, rate: 0.5, special, continuing: [90] };
      const { chosen } = maskIds(pieces, key(seed), options);
      expect([chosen[2], chosen[3], chosen[6]]).toEqual([chosen[1], chosen[1], chosen[5]]);
      expect([chosen[0], chosen[7]]).toEqual([0, 0]);
    }
  });

  test('stay where no other id could take their place', () => {
    const options = { mask: 0, vocabulary: 1, rate: 1, masked: 0, random: 1 };
    expect(idMask(options).apply(Int32Array.of(5, 6), key(1))).toEqual(Int32Array.of(5, 6));
  });
});
