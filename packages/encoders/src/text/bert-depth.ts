/**
 * How deep a parameter of a BERT encoder stands, by its path: 0 for the embeddings and their norm, i + 1 for block i.
 *
 * Undefined for all else: the pooler, heads. The path may begin with `encoder.`
 */
export function bertDepth(path: string): number | undefined {
  const own = path.replace(/^encoder\./, '');
  const block = /^blocks\.(\d+)\./.exec(own);
  if (block) return Number(block[1]) + 1;
  return /^(tokens|positions|segments|norm)\./.test(own) ? 0 : undefined;
}
