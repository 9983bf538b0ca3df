/** A WordPiece tokenizer in the format of Hugging Face's `tokenizer.json`. */
export type TokenizerJson = {
  readonly version: string;
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: {
    readonly type: string;
    readonly lowercase?: boolean;
    readonly [option: string]: unknown;
  } | null;
  readonly pre_tokenizer: { readonly type: string; readonly [option: string]: unknown } | null;
  readonly post_processor: { readonly type: string; readonly [option: string]: unknown } | null;
  readonly decoder: { readonly type: string; readonly [option: string]: unknown } | null;
  readonly model: {
    readonly type: string;
    readonly unk_token: string;
    readonly continuing_subword_prefix: string;
    readonly max_input_chars_per_word: number;
    readonly vocab: Readonly<Record<string, number>>;
  };
};

type AddedToken = {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
};

export const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/**
 * The `tokenizer.json` of a BERT vocabulary: the lines of a `vocab.txt`, whose order gives the ids.
 *
 * @throws RangeError when a special token is missing or a token appears twice.
 */
export function tokenizerJson(
  vocabulary: readonly string[],
  { lowercase = true }: { lowercase?: boolean } = {},
): TokenizerJson {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  if (ids.size < vocabulary.length) throw new RangeError('vocabulary: expected distinct tokens. Found some twice.');
  const added = specialTokens.map((content) => {
    const id = ids.get(content);
    if (id === undefined) throw new RangeError(`vocabulary: expected the token ${content}. Found none.`);
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  });
  const special = (token: (typeof specialTokens)[number], type = 0) => ({ SpecialToken: { id: token, type_id: type } });
  const token = (name: '[CLS]' | '[SEP]') => [name, { id: name, ids: [ids.get(name)], tokens: [name] }] as const;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    // strip_accents null: as `lowercase` says.
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        special('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        special('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        special('[SEP]', 1),
      ],
      special_tokens: Object.fromEntries([token('[CLS]'), token('[SEP]')]),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}
