import { Tokenizer } from '@huggingface/tokenizers';
import { byteCharacters } from './byte-characters.ts';
import { countWords } from './count-words.ts';
import { type CountedWord, mergePairs, pairBase } from './merge-pairs.ts';
import { type AnyTokenizerJson, addedTokens, requireSize } from './tokenizer-file.ts';

export type LearnBytePairsOptions = {
  /** Tokens in the vocabulary, special tokens and the 256 bytes included; fewer when the texts give no more. */
  readonly size: number;
  /** A pair that occurs less often is not merged. Default: 2. */
  readonly minFrequency?: number;
  /** They get the first ids and are never made of other tokens. Default: `<pad>` and `<unk>`. */
  readonly special?: readonly string[];
};

const longestWord = 1000;
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/**
 * Learns a byte-level BPE vocabulary from the training texts, as a `tokenizer.json`.
 *
 * Texts are cut into words with the space before them, words into the bytes of their UTF-8; then the most frequent pair of neighbours is
 * merged until the vocabulary is full. Every text can be encoded and comes back byte for byte. Equal texts in any order give equal files.
 * Sennrich, Haddow & Birch, ACL 2016; on bytes: Radford et al., 2019.
 *
 * @throws RangeError when the size does not hold the special tokens and the bytes.
 */
export function learnBytePairs(texts: Iterable<string>, options: LearnBytePairsOptions): AnyTokenizerJson {
  const { size, minFrequency = 2, special = ['<pad>', '<unk>'] } = options;
  const bytes = byteCharacters();
  requireSize(size, special.length + bytes.length, pairBase - 1);
  const vocabulary = [...special, ...bytes];
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  const splitter = new Tokenizer(file([...bytes], [], []), {}).pre_tokenizer!;
  const counts = [...countWords(texts, (text) => splitter.pre_tokenize(text), longestWord)];
  const words = counts
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([word, count]): CountedWord => ({ tokens: Array.from(word, (byte) => ids.get(byte)!), count }));
  mergePairs(words, minFrequency, (left, right) => {
    if (vocabulary.length >= size) return undefined;
    const pair: [string, string] = [vocabulary[left]!, vocabulary[right]!];
    merges.push(pair);
    const token = pair.join('');
    const known = ids.get(token); // two pairs may spell the same token
    if (known !== undefined) return known;
    ids.set(token, vocabulary.length);
    return vocabulary.push(token) - 1;
  });
  return file(vocabulary, merges, special);
}

function file(
  vocabulary: readonly string[],
  merges: readonly (readonly [string, string])[],
  special: readonly string[],
): AnyTokenizerJson {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(special),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  };
}
