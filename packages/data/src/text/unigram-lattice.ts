/** A piece and its log p. */
export type Piece = readonly [piece: string, logProbability: number];

/** The most probable segmentation of a word, by dynamic programming over its ends; −∞ when there is none. `without` is not used. */
export function segment(
  characters: readonly string[],
  pieces: ReadonlyMap<string, number>,
  longest: number,
  without?: string,
): { readonly pieces: readonly string[]; readonly logProbability: number } {
  const best = new Float64Array(characters.length + 1).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array(characters.length + 1);
  best[0] = 0;
  eachPiece(characters, pieces, longest, (piece, start, end, logProbability) => {
    if (piece === without || best[start]! + logProbability <= best[end]!) return;
    best[end] = best[start]! + logProbability;
    from[end] = start;
  });
  const found: string[] = [];
  if (best.at(-1)! > Number.NEGATIVE_INFINITY) {
    for (let end = characters.length; end > 0; end = from[end]!)
      found.unshift(characters.slice(from[end], end).join(''));
  }
  return { pieces: found, logProbability: best.at(-1)! };
}

/** E[count] of every piece over all segmentations of the words: forward α and backward β, count · exp(α(start) + log p + β(end) − α(last)). */
export function unigramCounts(
  words: readonly { readonly characters: readonly string[]; readonly count: number }[],
  pieces: ReadonlyMap<string, number>,
  longest: number,
): Map<string, number> {
  const counts = new Map<string, number>(Array.from(pieces.keys(), (piece) => [piece, 0]));
  for (const { characters, count } of words) {
    const length = characters.length;
    const edges: { piece: string; start: number; end: number; logProbability: number }[] = [];
    const forward = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    forward[0] = 0;
    eachPiece(characters, pieces, longest, (piece, start, end, logProbability) => {
      edges.push({ piece, start, end, logProbability });
      forward[end] = logAdd(forward[end]!, forward[start]! + logProbability);
    });
    const backward = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    backward[length] = 0;
    for (let at = edges.length - 1; at >= 0; at--) {
      const { start, end, logProbability } = edges[at]!;
      backward[start] = logAdd(backward[start]!, backward[end]! + logProbability);
    }
    for (const { piece, start, end, logProbability } of edges) {
      const share = Math.exp(forward[start]! + logProbability + backward[end]! - forward[length]!);
      counts.set(piece, counts.get(piece)! + count * share);
    }
  }
  return counts;
}

/** Calls for every piece that stands in a word, starts in order. */
function eachPiece(
  characters: readonly string[],
  pieces: ReadonlyMap<string, number>,
  longest: number,
  found: (piece: string, start: number, end: number, logProbability: number) => void,
): void {
  for (let start = 0; start < characters.length; start++) {
    let piece = '';
    for (let end = start + 1; end <= Math.min(characters.length, start + longest); end++) {
      piece += characters[end - 1]!;
      const logProbability = pieces.get(piece);
      if (logProbability !== undefined) found(piece, start, end, logProbability);
    }
  }
}

function logAdd(left: number, right: number): number {
  if (left === Number.NEGATIVE_INFINITY) return right;
  const [high, low] = left > right ? [left, right] : [right, left];
  return high + Math.log1p(Math.exp(low - high));
}
