const rareIdeographs = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/** BERT's spaces around Chinese characters, for those beyond 16 bits, which the tokenizer library does not see. */
export const spaceRareIdeographs = (text: string): string => text.replace(rareIdeographs, ' $& ');

/** What a text goes through before the library, by what the normalizer of its `tokenizer.json` does. */
export const beforeLibrary = (
  normalizer: { readonly type?: unknown; readonly handle_chinese_chars?: unknown } | null | undefined,
): ((text: string) => string) =>
  normalizer?.type === 'BertNormalizer' && normalizer.handle_chinese_chars !== false
    ? spaceRareIdeographs
    : (text) => text;
