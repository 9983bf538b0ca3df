/** A tokenizer in the format of Hugging Face's `tokenizer.json`, whatever its model. */
export type AnyTokenizerJson = {
  readonly version: string;
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  readonly model: { readonly type: string; readonly [option: string]: unknown };
  readonly [part: string]: unknown;
};

/** Special tokens with the first ids. */
export const addedTokens = (special: readonly string[]) =>
  special.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));

/** @throws RangeError unless a vocabulary of this size holds more than `least` tokens. */
export function requireSize(size: number, least: number, most: number): void {
  if (Number.isInteger(size) && size >= least && size <= most) return;
  throw new RangeError(`size: expected an integer from ${least} to ${most}. Found ${size}.`);
}
