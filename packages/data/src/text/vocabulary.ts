import { PolytaskError } from '@polytask/base';
import { basicTokenizer } from './basic-tokens.ts';
import { countWords } from './count-words.ts';
import type { TextTokenizer } from './load-tokenizer.ts';
import { requireSize } from './tokenizer-file.ts';

/** Whole words or single characters and their ids: the place in the list. JSON. */
export type Vocabulary = {
  readonly unit: 'word' | 'character';
  readonly lowercase: boolean;
  readonly tokens: readonly string[];
};

export type LearnVocabularyOptions = {
  readonly unit: Vocabulary['unit'];
  /** Tokens, `<pad>` and `<unk>` included. Default: 30,000. */
  readonly size?: number;
  /** Default: 1. */
  readonly minFrequency?: number;
  /** Default: true for words, false for characters. */
  readonly lowercase?: boolean;
};

const [pad, unknown] = ['<pad>', '<unk>'];
const longest = 1000;

/**
 * The most frequent words, or characters, of the training texts, after `<pad>` (0) and `<unk>` (1); equal counts in the order of code units.
 *
 * Words are BERT's basic tokens: split at white space, at punctuation and around Chinese characters.
 *
 * @throws RangeError when an option is out of range.
 */
export function learnVocabulary(texts: Iterable<string>, options: LearnVocabularyOptions): Vocabulary {
  const { unit, size = 30_000, minFrequency = 1, lowercase = unit === 'word' } = options;
  requireSize(size, 3, 2 ** 24);
  const counts = countWords(texts, splitter(unit, lowercase), longest);
  const tokens = [...counts]
    .filter(([, count]) => count >= minFrequency)
    .sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1))
    .slice(0, size - 2)
    .map(([token]) => token);
  return { unit, lowercase, tokens: [pad, unknown, ...tokens] };
}

/**
 * Encodes texts with a vocabulary of words or characters; what is not in it is `<unk>`.
 *
 * @throws PolytaskError E2403 when the vocabulary does not start with `<pad>` and `<unk>` or has a token twice.
 */
export function vocabularyTokenizer(
  { unit, lowercase, tokens }: Vocabulary,
  { maxLength = 512 }: { readonly maxLength?: number } = {},
): TextTokenizer {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  if (tokens[0] !== pad || tokens[1] !== unknown || ids.size < tokens.length) {
    const message = `Expected ${pad}, ${unknown} and different tokens. Found ${tokens.slice(0, 3).join(', ')}, …`;
    throw new PolytaskError('data', { code: 'E2403', message });
  }
  const split = splitter(unit, lowercase);
  return {
    size: tokens.length,
    encode: (text) => Int32Array.from(split(text).slice(0, maxLength), (token) => ids.get(token) ?? 1),
    decode: (list) =>
      Array.from(list, (id) => tokens[id] ?? unknown)
        .filter((token) => token !== pad)
        .join(unit === 'word' ? ' ' : ''),
    tokens: (list) => Array.from(list, (id) => tokens[id] ?? unknown),
    idOf: (token) => ids.get(token),
  };
}

function splitter(unit: Vocabulary['unit'], lowercase: boolean): (text: string) => string[] {
  if (unit === 'word') return basicTokenizer({ lowercase });
  return (text) => Array.from(lowercase ? text.toLowerCase() : text);
}
