import { Tokenizer } from '@huggingface/tokenizers';
import { spaceRareIdeographs } from './rare-ideographs.ts';
import { specialTokens, tokenizerJson } from './tokenizer-json.ts';

/**
 * BERT's basic tokenisation: control characters dropped, lower case without accents if asked, split at white space, at every
 * punctuation mark and around every Chinese character. Returns the function that splits a text.
 */
export function basicTokenizer({ lowercase = true }: { lowercase?: boolean } = {}): (text: string) => string[] {
  const { normalizer, pre_tokenizer: splitter } = new Tokenizer(tokenizerJson(specialTokens, { lowercase }), {});
  return (text) => splitter!.pre_tokenize(normalizer!.normalize(spaceRareIdeographs(text)));
}
