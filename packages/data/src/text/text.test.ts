import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ngramHasher } from './ngram-hasher.ts';
import { normalizeText } from './normalize-text.ts';
import { padBatch } from './pad-batch.ts';

describe('normalizeText', () => {
  it('folds width, case and white space', () => {
    expect(normalizeText(' ＡＢＣ\u0000ﬁ\n\u3000Ünï ')).toBe('abc fi ünï');
    expect(normalizeText('Abc', { lowercase: false })).toBe('Abc');
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(normalizeText(normalizeText(text))).toBe(normalizeText(text));
      }),
    );
  });
});

describe('ngramHasher', () => {
  const buckets = 2 ** 24; // collisions are unlikely enough to count items
  const hash = (text: string, options = {}) => ngramHasher({ buckets, ...options })(text);

  it('hashes words, their marked character n-grams and pairs of words', () => {
    // <cat>: 3-grams <ca cat at>, 4-grams <cat cat>; the 5-gram is the word itself
    expect(hash('cat')).toHaveLength(1 + 3 + 2);
    expect(hash('cat', { charNgrams: null })).toHaveLength(1);
    expect(hash('the cat sat.', { charNgrams: null })).toHaveLength(4 + 3);
    expect(hash('the cat sat', { charNgrams: null, wordNgrams: 3 })).toHaveLength(3 + 2 + 1);
    expect(hash('the cat sat', { charNgrams: null, wordNgrams: 1 })).toHaveLength(3);
  });

  it('shares items between texts that share words or parts of words', () => {
    const shared = (a: string, b: string) => [...new Set(hash(a))].filter((id) => hash(b).includes(id)).length;
    expect(shared('unhappy', 'unhappily')).toBeGreaterThan(5);
    expect(shared('cat', 'dog')).toBe(0);
    expect(shared('the', 'other')).toBe(1); // the n-gram "the" of "other" is that within "<the>", not the word
    expect(hash('Straße')).toEqual(hash('strasse'.replace('ss', 'ß')));
    expect(shared('cat sat', 'sat cat')).toBe(new Set([...hash('cat'), ...hash('sat')]).size); // all but the pair
  });

  it('cuts scripts without spaces into runs of one to three characters', () => {
    expect(hash('北京大学')).toHaveLength(4 + 3 + 2);
    expect(hash('𠀀𠀁')).toHaveLength(2 + 1); // beyond the basic plane a character is two code units
    expect(new Set(hash('ab北京')).size).toBe(new Set(hash('ab')).size + 3);
  });

  it('keeps its numbers: saved models depend on them', () => {
    // FNV-1a of "a" is 0xe40c292c; then the finaliser of MurmurHash3
    let mixed = 0xe40c292c;
    mixed ^= mixed >>> 16;
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 16;
    expect([...ngramHasher({ buckets: 1000, charNgrams: null })('a')]).toEqual([(mixed >>> 0) % 1000]);
  });

  it('stays within its buckets for any text and gives nothing for an empty one', () => {
    const small = ngramHasher({ buckets: 7 });
    expect(small(' \n')).toHaveLength(0);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const ids = small(text);
        expect(ids.every((id) => id >= 0 && id < 7)).toBe(true);
        expect(small(text)).toEqual(ids);
      }),
    );
  });

  it('spreads words evenly over the buckets', () => {
    const counts = new Float64Array(16);
    const hasher = ngramHasher({ buckets: 16, charNgrams: null, wordNgrams: 1 });
    for (let at = 0; at < 1600; at++) counts[hasher(`w${at}`)[0]!]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chiSquared).toBeLessThan(37.7); // 15 degrees of freedom, p = 0.001
  });

  it('refuses options out of range', () => {
    for (const wrong of [{ buckets: 0 }, { wordNgrams: 0 }, { charNgrams: { min: 3, max: 2 } }]) {
      expect(() => hash('a', wrong)).toThrow(RangeError);
    }
  });
});

describe('padBatch', () => {
  it('takes the smallest width that holds the longest list', () => {
    const { ids, lengths, truncated } = padBatch([Int32Array.of(1, 2, 3), Int32Array.of(4)], {
      widths: [2, 4, 8],
      rows: 3,
      pad: 9,
    });
    expect(ids.shape).toEqual([3, 4]);
    expect([...ids.data]).toEqual([1, 2, 3, 9, 4, 9, 9, 9, 9, 9, 9, 9]);
    expect([...lengths.data]).toEqual([3, 1, 0]);
    expect(truncated).toBe(0);
  });

  it('cuts what is longer than the largest width and counts it', () => {
    const { ids, lengths, truncated } = padBatch([Int32Array.of(1, 2, 3)], { widths: [2] });
    expect([[...ids.data], [...lengths.data], truncated]).toEqual([[1, 2], [2], 1]);
  });

  it('refuses widths that do not ascend and more lists than rows', () => {
    for (const widths of [[], [4, 4], [0], [1.5]]) expect(() => padBatch([], { widths })).toThrow(RangeError);
    expect(() => padBatch([Int32Array.of(1), Int32Array.of(1)], { widths: [1], rows: 1 })).toThrow('at least 2');
  });
});
