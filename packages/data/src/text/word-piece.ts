import { Tokenizer } from '@huggingface/tokenizers';
import { PolytaskError } from '@polytask/base';
import { beforeLibrary } from './rare-ideographs.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

export type WordPieceOptions = {
  /** Longest list of ids, `[CLS]` and `[SEP]` included; the end of longer texts is cut off. Default: 512. */
  readonly maxLength?: number;
};

export interface WordPiece {
  /** The size of the vocabulary. */
  readonly size: number;
  readonly maxLength: number;
  /** What to fill batches with. */
  readonly padId: number;
  readonly unknownId: number;
  /** `[CLS] … [SEP]` */
  encode(text: string): Int32Array;
  /** The tokens of ids, special ones included. */
  tokens(ids: ArrayLike<number>): string[];
}

/**
 * Encodes texts with a WordPiece `tokenizer.json`, one that `learnWordPiece` made or one of a published model.
 *
 * Greedy longest match first on BERT's basic tokens. Devlin et al., "BERT", NAACL 2019.
 *
 * @throws PolytaskError E2401 when the file holds no WordPiece model or lacks `[PAD]`, `[UNK]`, `[CLS]` or `[SEP]`.
 * @throws RangeError when `maxLength` is below 3.
 */
export function wordPiece(tokenizer: TokenizerJson, { maxLength = 512 }: WordPieceOptions = {}): WordPiece {
  if (!(Number.isInteger(maxLength) && maxLength >= 3))
    throw new RangeError(`maxLength: expected an integer ≥ 3. Found ${maxLength}.`);
  const library = load(tokenizer);
  const special = (token: string) => library.token_to_id(token) ?? fail(`the token ${token} is missing.`);
  const [padId, unknownId, classId, separatorId] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map(special) as [
    number,
    number,
    number,
    number,
  ];
  const prepared = beforeLibrary(tokenizer.normalizer);
  return {
    size: library.get_vocab(true).size,
    maxLength,
    padId,
    unknownId,
    encode(text) {
      // Without the file's own template: some files have none, and a cut text needs its [SEP] too.
      const { ids } = library.encode(prepared(text), { add_special_tokens: false });
      const length = Math.min(ids.length, maxLength - 2);
      const encoded = new Int32Array(length + 2);
      encoded[0] = classId;
      for (let at = 0; at < length; at++) encoded[at + 1] = ids[at]!;
      encoded[length + 1] = separatorId;
      return encoded;
    },
    tokens: (ids) => Array.from(ids, (id) => library.id_to_token(id) ?? '[UNK]'),
  };
}

function load(tokenizer: TokenizerJson): Tokenizer {
  if (tokenizer?.model?.type !== 'WordPiece') fail(`its model is ${tokenizer?.model?.type ?? 'missing'}.`);
  try {
    return new Tokenizer(tokenizer, {});
  } catch (error) {
    return fail(`${(error as Error).message}.`);
  }
}

function fail(message: string): never {
  throw new PolytaskError('data', { code: 'E2401', message: `Expected a WordPiece tokenizer.json: ${message}` });
}
