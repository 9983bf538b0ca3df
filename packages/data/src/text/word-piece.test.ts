import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicTokenizer } from './basic-tokens.ts';
import { learnWordPiece } from './learn-word-piece.ts';
import { specialTokens, type TokenizerJson, tokenizerJson } from './tokenizer-json.ts';
import { wordPiece } from './word-piece.ts';

const ordered = ({ model }: TokenizerJson) =>
  Object.entries(model.vocab)
    .sort((a, b) => a[1] - b[1])
    .map(([token]) => token);
const repeat = (word: string, times: number) => Array.from({ length: times }, () => word);

describe('basicTokenizer', () => {
  it('drops controls and accents, splits at white space, punctuation and Chinese characters', () => {
    const split = basicTokenizer();
    expect(split("  Héllo,\tWörld! don't \u0000\u200b中文x ")).toEqual([
      'hello',
      ',',
      'world',
      '!',
      'don',
      "'",
      't',
      '中',
      '文',
      'x',
    ]);
    expect(basicTokenizer({ lowercase: false })('Hé-llo')).toEqual(['Hé', '-', 'llo']);
  });
});

describe('learnWordPiece', () => {
  it('merges the most frequent pairs first, as worked by hand', () => {
    // hug 10, pug 5, pun 12, bun 4, hugs 5. ##u##g 20 → ##ug; ##u##n 16 → ##un; h##ug 15 → hug; p##un 12 → pun; hug ##s, p ##ug: 5 each, the
    // older left token first: p.
    const texts = [
      ...repeat('hug', 10),
      ...repeat('pug', 5),
      ...repeat('pun', 12),
      ...repeat('bun', 4),
      ...repeat('hugs', 5),
    ];
    const alphabet = ['b', 'g', 'h', 'n', 'p', 's', 'u', '##g', '##n', '##s', '##u'];
    const merges = ['##ug', '##un', 'hug', 'pun', 'pug', 'hugs'];
    expect(ordered(learnWordPiece(texts, { size: 22 }))).toEqual([...specialTokens, ...alphabet, ...merges]);
    expect(ordered(learnWordPiece(texts, { size: 18 }))).toEqual([...specialTokens, ...alphabet, '##ug', '##un']);
    expect(ordered(learnWordPiece(texts, { size: 99, minFrequency: 13 }))).toEqual([
      ...specialTokens,
      ...alphabet,
      '##ug',
      '##un',
      'hug',
    ]);
  });

  it('merges a run of equal characters from its left end', () => {
    // a ##a ##a ##a ##a → a ##aa ##aa; then a ##aa and ##aa ##aa are equally frequent, and a is older
    expect(ordered(learnWordPiece(['aaaaa aaaaa'], { size: 9 })).slice(5)).toEqual(['a', '##a', '##aa', 'aaa']);
  });

  it('keeps the most frequent characters when the alphabet is limited', () => {
    const tokens = ordered(learnWordPiece(['aa aa bb c'], { size: 50, alphabetLimit: 2, minFrequency: 1 })).slice(5);
    expect(tokens).toEqual(['a', 'b', '##a', '##b', 'aa', 'bb']);
  });

  it('does not depend on the order of the texts, never exceeds its size and encodes its own texts without unknowns', () => {
    const text = fc
      .array(fc.constantFrom('low', 'lower', 'newest', 'widest', 'né', '中', 'x!'), { minLength: 1, maxLength: 8 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 10 }), fc.integer({ min: 40, max: 80 }), (texts, size) => {
        const learnt = learnWordPiece(texts, { size });
        expect(learnWordPiece([...texts].reverse(), { size })).toEqual(learnt);
        expect(ordered(learnt).length).toBeLessThanOrEqual(size);
        const piece = wordPiece(JSON.parse(JSON.stringify(learnt)));
        for (const each of texts) {
          const tokens = piece.tokens(piece.encode(each));
          expect(tokens).not.toContain('[UNK]');
          const glued = tokens.slice(1, -1).join(' ').replaceAll(' ##', '');
          expect(glued).toBe(basicTokenizer()(each).join(' '));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a size that does not hold the special tokens', () => {
    expect(() => learnWordPiece(['a'], { size: 5 })).toThrow(RangeError);
  });
});

describe('wordPiece', () => {
  const tokenizer = tokenizerJson([...specialTokens, 'un', '##aff', '##able', 'aff', '!']);

  it('takes the longest piece first, adds [CLS] and [SEP] and knows what it does not know', () => {
    const piece = wordPiece(tokenizer, { maxLength: 8 });
    expect([...piece.encode('Unaffable!')]).toEqual([2, 5, 6, 7, 9, 3]);
    expect([...piece.encode('unaffably aff')]).toEqual([2, 1, 8, 3]);
    expect([...piece.encode('')]).toEqual([2, 3]);
    expect([piece.size, piece.padId, piece.unknownId]).toEqual([10, 0, 1]);
  });

  it('takes Chinese characters for words, those beyond 16 bits too', () => {
    const piece = wordPiece(tokenizer);
    for (const character of ['\u4e2d', '\u{20001}']) {
      expect([...piece.encode(`un${character}aff`)]).toEqual([2, 5, 1, 8, 3]);
      expect(basicTokenizer()(`un${character}!`)).toEqual(['un', character, '!']);
    }
  });

  it('cuts long texts before [SEP]', () => {
    expect([...wordPiece(tokenizer, { maxLength: 4 }).encode('! aff un un un')]).toEqual([2, 9, 8, 3]);
    expect(() => wordPiece(tokenizer, { maxLength: 2 })).toThrow(RangeError);
  });

  it('refuses what is no WordPiece tokenizer', () => {
    const broken = [
      {},
      { ...tokenizer, model: { ...tokenizer.model, type: 'BPE' } },
      { ...tokenizer, added_tokens: [], model: { ...tokenizer.model, vocab: { a: 0 } } },
    ];
    for (const each of broken) expect(() => wordPiece(each as TokenizerJson)).toThrow('E2401');
    expect(() => tokenizerJson(['a'])).toThrow('expected the token [PAD]');
    expect(() => tokenizerJson([...specialTokens, 'a', 'a'])).toThrow('distinct');
  });

  const folder = new URL('../../../../../shared/data/tokenizer/', import.meta.url);
  const absent = !existsSync(folder);
  it(`gives the ids of bert-base-uncased on 2,000 questions${absent ? ' (skipped: shared/data/tokenizer is absent)' : ''}`, {
    skip: absent,
  }, () => {
    const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
    const words = JSON.parse(read('basic_tokenized_questions.json')) as string[][];
    const expected = JSON.parse(read('tokenized_questions.json')) as number[][];
    const piece = wordPiece(tokenizerJson(read('vocab.txt').trimEnd().split('\n')));
    const split = basicTokenizer();
    expect(words).toHaveLength(2000);
    expect(words.map((question) => split(question.join(' ')))).toEqual(words);
    expect(words.map((question) => [...piece.encode(question.join(' '))].slice(1, -1))).toEqual(expected);
  });
});
