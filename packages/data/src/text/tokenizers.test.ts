import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteCharacters } from './byte-characters.ts';
import { learnBytePairs } from './learn-byte-pairs.ts';
import { learnUnigram } from './learn-unigram.ts';
import { learnWordPiece } from './learn-word-piece.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { segment, unigramCounts } from './unigram-lattice.ts';
import { learnVocabulary, vocabularyTokenizer } from './vocabulary.ts';

const texts = ['low low low lower lowest', 'new newer newest wider', '低い 更低 low', 'lower lower lowest'];

describe('learnBytePairs', () => {
  const bytes = 2 + 256;

  it('merges the most frequent pair first, by hand', () => {
    // words: low ×1 and ␣low ×2, so l·o and o·w occur three times each; o is older than w, l older than o
    const { model } = learnBytePairs(['low low low'], { size: bytes + 3 });
    expect(model.merges).toEqual([
      ['l', 'o'],
      ['lo', 'w'],
      ['Ġ', 'low'],
    ]);
    expect((model.vocab as Record<string, number>).Ġlow).toBe(bytes + 2);
  });

  it('brings every text back byte for byte, whatever it was learned from', () => {
    const tokenizer = loadTokenizer(learnBytePairs(texts, { size: bytes + 10 }), { maxLength: 10_000 });
    expect(tokenizer.size).toBe(bytes + 10);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        fc.pre(!text.includes('<pad>') && !text.includes('<unk>'));
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
    expect(tokenizer.encode('lower').length).toBeLessThan(3);
  });

  it('gives equal files for equal texts in any order, and none that is too small', () => {
    const made = JSON.stringify(learnBytePairs(texts, { size: 290 }));
    expect(JSON.stringify(learnBytePairs([...texts].reverse(), { size: 290 }))).toBe(made);
    expect(() => learnBytePairs(texts, { size: 100 })).toThrow('expected an integer from 258');
    expect(new Set(byteCharacters()).size).toBe(256);
  });
});

describe('learnUnigram', () => {
  it('counts pieces over all segmentations, by hand', () => {
    // ab = a·b with 0.4 · 0.2 = 0.08, or ab with 0.4: shares 1/6 and 5/6
    const pieces = new Map([
      ['a', Math.log(0.4)],
      ['b', Math.log(0.2)],
      ['ab', Math.log(0.4)],
    ]);
    const counts = unigramCounts([{ characters: ['a', 'b'], count: 6 }], pieces, 4);
    expect(counts.get('a')).toBeCloseTo(1, 10);
    expect(counts.get('b')).toBeCloseTo(1, 10);
    expect(counts.get('ab')).toBeCloseTo(5, 10);
    expect(segment(['a', 'b'], pieces, 4).pieces).toEqual(['ab']);
    expect(segment(['a', 'b'], pieces, 4, 'ab')).toEqual({
      pieces: ['a', 'b'],
      logProbability: Math.log(0.4) + Math.log(0.2),
    });
    expect(segment(['a', 'c'], pieces, 4)).toEqual({ pieces: [], logProbability: Number.NEGATIVE_INFINITY });
  });

  it('finds the words of a text that repeats them, and keeps every character', () => {
    const made = learnUnigram(texts, { size: 30 });
    const tokenizer = loadTokenizer(made);
    expect(tokenizer.size).toBeLessThanOrEqual(30);
    expect(tokenizer.tokens(tokenizer.encode('low'))).toEqual(['▁low']);
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      expect([...ids]).not.toContain(tokenizer.idOf('<unk>'));
      expect(tokenizer.decode(ids)).toBe(text);
    }
    const scores = (made.model.vocab as [string, number][]).slice(2);
    const total = scores.reduce((sum, [, score]) => sum + Math.exp(score), 0);
    expect(total).toBeGreaterThan(0.5);
    expect(total).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('learns from sentences without spaces, however long', () => {
    const sentence = `${Array.from({ length: 60 }, (_, at) => ['新闻', '新闻', '今天'][at % 3]).join('')}𠮷`;
    const tokenizer = loadTokenizer(learnUnigram([sentence, sentence], { size: 14, maxPiece: 2 }));
    const ids = tokenizer.encode(sentence);
    expect([...ids]).not.toContain(tokenizer.idOf('<unk>'));
    expect(tokenizer.tokens(ids)).toContain('新闻');
    expect(tokenizer.decode(ids)).toBe(sentence);
  });

  it('segments as the library that reads its file does', () => {
    const made = learnUnigram(texts, { size: 36 });
    const pieces = new Map((made.model.vocab as [string, number][]).slice(2));
    const tokenizer = loadTokenizer(made);
    const likelihood = (list: readonly string[]) => list.reduce((sum, piece) => sum + pieces.get(piece)!, 0);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('l', 'o', 'w', 'e', 'r', 's', 't'), minLength: 1, maxLength: 12 }),
        (word) => {
          const ours = segment(Array.from(`▁${word}`), pieces, 16);
          expect(likelihood(tokenizer.tokens(tokenizer.encode(word)))).toBeCloseTo(ours.logProbability, 6);
        },
      ),
    );
  });

  it('gives equal files for equal texts in any order, and refuses sizes that cannot hold the characters', () => {
    const made = JSON.stringify(learnUnigram(texts, { size: 30 }));
    expect(JSON.stringify(learnUnigram([...texts].reverse(), { size: 30 }))).toBe(made);
    expect(() => learnUnigram(texts, { size: 5 })).toThrow(RangeError);
    expect(() => learnUnigram(texts, { size: 30, special: ['<pad>'] })).toThrow('<unk>');
  });
});

describe('loadTokenizer', () => {
  it('reads what was learned here with the template of its file', () => {
    const tokenizer = loadTokenizer(learnWordPiece(texts, { size: 60 }), { maxLength: 4 });
    expect(tokenizer.tokens(tokenizer.encode('low low low low'))).toEqual(['[CLS]', 'low', 'low', 'low']);
  });

  it('says what is wrong with a file', () => {
    const broken = (model: object) => loadTokenizer({ version: '1.0', added_tokens: [], model } as never);
    expect(() => broken({ type: 'WordLevel' })).toThrow('E2402');
    expect(() => broken({})).toThrow('missing');
    expect(() => loadTokenizer(null as never)).toThrow('E2402');
    expect(() => loadTokenizer(learnWordPiece(texts, { size: 60 }), { maxLength: 0 })).toThrow(RangeError);
  });
});

describe('learnVocabulary', () => {
  it('holds the most frequent words, or characters', () => {
    const words = learnVocabulary(['b a a', 'A c!'], { unit: 'word', size: 4 });
    expect(words.tokens).toEqual(['<pad>', '<unk>', 'a', '!']);
    const tokenizer = vocabularyTokenizer(words);
    expect([...tokenizer.encode('a b!')]).toEqual([2, 1, 3]);
    expect(tokenizer.decode([2, 1, 3, 0])).toBe('a <unk> !');
    const characters = vocabularyTokenizer(learnVocabulary(['héé 中'], { unit: 'character' }));
    expect(characters.decode(characters.encode('中é'))).toBe('中é');
    expect([...characters.encode('H')]).toEqual([1]);
  });

  it('refuses vocabularies that are none', () => {
    expect(() => vocabularyTokenizer({ unit: 'word', lowercase: true, tokens: ['a'] })).toThrow('E2403');
    expect(() => learnVocabulary([], { unit: 'word', size: 1 })).toThrow(RangeError);
  });
});
