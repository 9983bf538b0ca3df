import { fold, integer, type Key, permutation, quote, uniform, words } from '@polytask/base';
import { specialTokens, type TokenizerJson } from '@polytask/data';

export type TokenMaskerOptions = {
  /** The share of a text's tokens that are to be guessed, in (0, 1). Default: 0.15. */
  readonly rate?: number;
  /** Of these, the share that becomes `[MASK]`. Default: 0.8. */
  readonly masked?: number;
  /** … and the share that becomes a random token; the rest stays as it is. Default: 0.1. */
  readonly random?: number;
  /** Masks all pieces of a word or none. Default: false. */
  readonly wholeWords?: boolean;
};

/** What is to be guessed of a text. */
export type MaskedTokens = {
  /** The tokens, some of them hidden. */
  readonly ids: Int32Array;
  /** Where the tokens stand that are to be guessed, ascending. */
  readonly positions: Int32Array;
  /** What stood there. */
  readonly labels: Int32Array;
};

export interface TokenMasker {
  /** The same key hides the same tokens of a text, whatever other texts there are. */
  mask(ids: ArrayLike<number>, key: Key): MaskedTokens;
  /** The most tokens that are to be guessed of a text of this length, `[CLS]` and `[SEP]` included. */
  most(length: number): number;
}

/**
 * Hides tokens for masked-language-model training: of n tokens that are not special, max(1, round(rate·n)) are to be guessed. Of these 80 %
 * become `[MASK]`, 10 % a random token that is not special, and 10 % stay.
 *
 * With `wholeWords`, words are drawn until no further one fits; where none fits, the first pieces of one.
 *
 * @param tokenizer WordPiece; its five special tokens are never hidden, drawn or guessed.
 * @throws RangeError when a share is out of range, or the vocabulary lacks a special token or has no other.
 *
 * Devlin, Chang, Lee & Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", NAACL 2019.
 */
export function tokenMasker(
  { model: { vocab, continuing_subword_prefix: prefix } }: TokenizerJson,
  { rate = 0.15, masked = 0.8, random = 0.1, wholeWords = false }: TokenMaskerOptions = {},
): TokenMasker {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`rate: expected a number in (0, 1). Found ${quote(rate)}.`);
  if (!(masked >= 0 && random >= 0 && masked + random <= 1))
    throw new RangeError(`masked, random: expected shares ≥ 0 with a sum ≤ 1. Found ${masked}, ${random}.`);
  const special = new Set(
    specialTokens.map((token) => {
      const id = vocab[token];
      if (id === undefined) throw new RangeError(`tokenizer: expected the token ${token}. Found none.`);
      return id;
    }),
  );
  const maskId = vocab['[MASK]']!;
  const entries = Object.entries(vocab);
  const ordinary = Int32Array.from(entries.flatMap(([, id]) => (special.has(id) ? [] : [id])));
  if (ordinary.length === 0) throw new RangeError('tokenizer: expected tokens that are not special. Found none.');
  const inner = new Set(entries.flatMap(([token, id]) => (token.startsWith(prefix) ? [id] : [])));
  const wanted = (count: number) => (count > 0 ? Math.max(1, Math.round(rate * count)) : 0);

  /** Positions that are masked together. */
  const unitsOf = (ids: ArrayLike<number>): number[][] => {
    const units: number[][] = [];
    let word: number[] | undefined;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at]!;
      if (special.has(id)) word = undefined;
      else if (wholeWords && word && inner.has(id)) word.push(at);
      else {
        word = [at];
        units.push(word);
      }
    }
    return units;
  };

  return {
    most: (length) => wanted(Math.max(1, length - 2)),
    mask(ids, key) {
      const units = unitsOf(ids);
      const count = wanted(units.reduce((sum, { length }) => sum + length, 0));
      const order = permutation(fold(key, 'places'), units.length);
      const chosen: number[] = [];
      for (const unit of order) if (chosen.length + units[unit]!.length <= count) chosen.push(...units[unit]!);
      if (chosen.length === 0 && count > 0) chosen.push(...units[order[0]!]!.slice(0, count));
      const positions = Int32Array.from(chosen).sort();
      const kinds = uniform(fold(key, 'kinds'), positions.length);
      const next = words(fold(key, 'tokens'));
      const hidden = Int32Array.from(ids);
      for (const [at, position] of positions.entries()) {
        const kind = kinds[at]!;
        if (kind < masked) hidden[position] = maskId;
        else if (kind < masked + random) hidden[position] = ordinary[integer(next, ordinary.length)]!;
      }
      return { ids: hidden, positions, labels: positions.map((position) => ids[position]!) };
    },
  };
}
