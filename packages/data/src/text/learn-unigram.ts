import { Tokenizer } from '@huggingface/tokenizers';
import { countWords } from './count-words.ts';
import { type AnyTokenizerJson, addedTokens, requireSize } from './tokenizer-file.ts';
import { type Piece, segment, unigramCounts } from './unigram-lattice.ts';

export type LearnUnigramOptions = {
  /** Tokens in the vocabulary, special tokens included; fewer when the texts give no more. */
  readonly size: number;
  readonly lowercase?: boolean;
  /** They get the first ids; one of them must be `<unk>`. Default: `<pad>` and `<unk>`. */
  readonly special?: readonly string[];
  /** Longest piece in characters. Default: 16. */
  readonly maxPiece?: number;
};

const longestWord = 100;
const seedsPerToken = 10; // pieces to begin with, by tokens wanted
const kept = 0.75; // of the pieces in every round of pruning

/**
 * Learns a unigram vocabulary from the training texts, as a `tokenizer.json`: pieces with probabilities p, where a word's segmentation x is
 * the one with the largest ∏ p(xᵢ).
 *
 * Starts from the substrings of words with the largest count · length; expectation maximisation over all segmentations fits p, and the
 * quarter of pieces is dropped without which the likelihood falls least, until the vocabulary is as small as asked. Single characters always
 * stay, so that a character of the training texts never is unknown. Texts are NFKC-normalised and split at white space; runs of it come
 * back as one space. Equal texts in any order give equal files.
 * Kudo, "Subword Regularization", ACL 2018; the digamma step as in SentencePiece, EMNLP 2018.
 *
 * @throws RangeError when the size does not hold the special tokens and the characters, `<unk>` is not special, or `maxPiece` is below 2.
 */
export function learnUnigram(texts: Iterable<string>, options: LearnUnigramOptions): AnyTokenizerJson {
  const { size, lowercase = false, special = ['<pad>', '<unk>'], maxPiece = 16 } = options;
  if (!special.includes('<unk>'))
    throw new RangeError(`special: expected <unk> among them. Found ${special.join(', ')}.`);
  if (!(Number.isInteger(maxPiece) && maxPiece >= 2)) {
    throw new RangeError(`maxPiece: expected an integer ≥ 2. Found ${maxPiece}.`);
  }
  const { normalizer, pre_tokenizer: splitter } = new Tokenizer(file([], special, lowercase), {});
  const split = (text: string) => splitter!.pre_tokenize(normalizer!.normalize(text)).flatMap(shortened);
  const counts = countWords(texts, split, longestWord);
  const words = [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([word, count]) => ({ characters: Array.from(word), count }));
  const alphabet = new Set(words.flatMap(({ characters }) => characters));
  requireSize(size, special.length + alphabet.size, 2 ** 24);
  const wanted = size - special.length;

  let pieces = seeds(words, alphabet, maxPiece, Math.max(wanted * seedsPerToken, alphabet.size));
  for (;;) {
    for (let round = 0; round < 2; round++) pieces = maximise(unigramCounts(words, pieces, maxPiece), alphabet);
    if (pieces.size <= wanted) break;
    pieces = prune(words, pieces, alphabet, Math.max(wanted, Math.floor(pieces.size * kept)), maxPiece);
  }
  const sorted = [...pieces].sort(([left, p], [right, q]) => q - p || (left < right ? -1 : 1));
  return file(sorted, special, lowercase);
}

/** Parts of a word that are short enough to learn from: where scripts put no spaces, a word is a whole sentence. */
function shortened(word: string): string[] {
  if (word.length <= longestWord) return [word];
  const characters = Array.from(word);
  const size = longestWord / 2; // characters outside of the basic plane count twice
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, at) =>
    characters.slice(at * size, (at + 1) * size).join(''),
  );
}

type Words = readonly { readonly characters: readonly string[]; readonly count: number }[];
/** log p by piece. */
type Pieces = ReadonlyMap<string, number>;

function seeds(words: Words, alphabet: ReadonlySet<string>, longest: number, limit: number): Pieces {
  const counts = new Map<string, number>();
  for (const { characters, count } of words) {
    for (let from = 0; from < characters.length; from++) {
      let piece = '';
      for (let to = from; to < Math.min(characters.length, from + longest); to++) {
        piece += characters[to]!;
        counts.set(piece, (counts.get(piece) ?? 0) + count);
      }
    }
  }
  const longer = [...counts]
    .filter(([piece, count]) => !alphabet.has(piece) && count > 1)
    .map(([piece, count]) => [piece, count * Array.from(piece).length] as const)
    .sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1))
    .slice(0, limit - alphabet.size);
  const all = [...[...alphabet].sort().map((piece) => [piece, counts.get(piece)!] as const), ...longer];
  const total = all.reduce((sum, [, score]) => sum + score, 0);
  return new Map(all.map(([piece, score]) => [piece, Math.log(score / total)]));
}

// The mean of log p under a Dirichlet posterior instead of the logarithm of the mean: rare pieces lose more.
function maximise(counts: ReadonlyMap<string, number>, alphabet: ReadonlySet<string>): Pieces {
  const used = [...counts].filter(([piece, count]) => count >= 0.5 || alphabet.has(piece));
  const total = digamma(used.reduce((sum, [, count]) => sum + Math.max(count, 0.5), 0));
  return new Map(used.map(([piece, count]) => [piece, digamma(Math.max(count, 0.5)) - total]));
}

/** Drops the pieces without which log L = Σ count · log p(word) falls least: each is written with the others instead. */
function prune(words: Words, pieces: Pieces, alphabet: ReadonlySet<string>, target: number, longest: number): Pieces {
  const counts = unigramCounts(words, pieces, longest);
  const losses: Piece[] = [];
  for (const [piece, logProbability] of pieces) {
    if (alphabet.has(piece)) continue;
    const others = segment(Array.from(piece), pieces, longest, piece);
    losses.push([piece, counts.get(piece)! * (logProbability - others.logProbability)]);
  }
  losses.sort(([left, a], [right, b]) => b - a || (left < right ? -1 : 1));
  const stay = new Set(losses.slice(0, Math.max(0, target - alphabet.size)).map(([piece]) => piece));
  return new Map([...pieces].filter(([piece]) => alphabet.has(piece) || stay.has(piece)));
}

/** ψ(x) = d/dx ln Γ(x), x > 0. Abramowitz & Stegun 6.3.5 and 6.3.18. */
function digamma(x: number): number {
  let [value, at] = [0, x];
  for (; at < 7; at++) value -= 1 / at;
  const inverse = 1 / (at * at);
  return value + Math.log(at) - 0.5 / at - inverse * (1 / 12 - inverse * (1 / 120 - inverse / 252));
}

function file(pieces: readonly Piece[], special: readonly string[], lowercase: boolean): AnyTokenizerJson {
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
  const normalizers = [{ type: 'NFKC' }, ...(lowercase ? [{ type: 'Lowercase' }] : [])];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(special),
    normalizer: { type: 'Sequence', normalizers },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] },
    post_processor: null,
    decoder: metaspace,
    model: {
      type: 'Unigram',
      unk_id: special.indexOf('<unk>'),
      byte_fallback: false,
      vocab: [...special.map((token): Piece => [token, 0]), ...pieces],
    },
  };
}
