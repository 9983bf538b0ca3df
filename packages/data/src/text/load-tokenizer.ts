import { Tokenizer } from '@huggingface/tokenizers';
import { PolytaskError } from '@polytask/base';
import { beforeLibrary } from './rare-ideographs.ts';
import type { AnyTokenizerJson } from './tokenizer-file.ts';

export interface TextTokenizer {
  /** The size of the vocabulary. */
  readonly size: number;
  /** The ids of a text, cut off after `maxLength`; with the special tokens of the file's own template when it has one. */
  encode(text: string): Int32Array;
  /** The text of ids; special tokens are left out. */
  decode(ids: ArrayLike<number>): string;
  tokens(ids: ArrayLike<number>): string[];
  /** The id of a token. */
  idOf(token: string): number | undefined;
}

/**
 * Encodes texts with any `tokenizer.json`: WordPiece, BPE or unigram, learned here or published with a model.
 *
 * @param maxLength longest list of ids. Default: 512.
 * @throws PolytaskError E2402 when the file is no tokenizer that can be read. @throws RangeError when `maxLength` is not a positive integer.
 */
export function loadTokenizer(
  tokenizer: AnyTokenizerJson,
  { maxLength = 512 }: { readonly maxLength?: number } = {},
): TextTokenizer {
  if (!(Number.isInteger(maxLength) && maxLength >= 1)) {
    throw new RangeError(`maxLength: expected an integer ≥ 1. Found ${maxLength}.`);
  }
  const library = open(tokenizer);
  const prepared = beforeLibrary((tokenizer as { normalizer?: { type?: unknown } | null }).normalizer);
  return {
    size: library.get_vocab(true).size,
    encode: (text) => Int32Array.from(library.encode(prepared(text)).ids.slice(0, maxLength)),
    decode: (ids) =>
      ids.length === 0 // which the library refuses
        ? ''
        : library.decode(Array.from(ids), { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    tokens: (ids) => Array.from(ids, (id) => library.id_to_token(id) ?? `<${id}>`),
    idOf: (token) => library.token_to_id(token),
  };
}

function open(tokenizer: AnyTokenizerJson): Tokenizer {
  const type = tokenizer?.model?.type;
  const known = ['WordPiece', 'BPE', 'Unigram'];
  const fail = (message: string, cause?: unknown): never => {
    const problem = { code: 'E2402', message: `Expected a tokenizer.json: ${message}` };
    throw new PolytaskError('data', problem, { cause });
  };
  if (typeof type !== 'string' || !known.includes(type))
    fail(`its model is ${type ?? 'missing'}, not one of ${known.join(', ')}.`);
  try {
    return new Tokenizer(tokenizer, {});
  } catch (error) {
    return fail(`${(error as Error).message}.`, error);
  }
}
