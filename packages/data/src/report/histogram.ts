import { quantileOf, sortedPresent } from '../table/statistics.ts';

/** Counts of numbers between edges: bin i holds edges[i] ≤ x < edges[i + 1], the last one its upper edge too. JSON. */
export type Histogram = {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
  readonly missing: number;
};

/** Ascending edges of `bins` bins of equal width over the finite numbers; one bin around a constant, none without numbers. */
export function equalEdges(values: ArrayLike<number>, bins = 20): number[] {
  const sorted = sortedPresent(values);
  if (sorted.length === 0) return [];
  const low = sorted[0]!;
  const high = sorted[sorted.length - 1]!;
  if (low === high) return [low, high];
  const edges = Array.from({ length: bins + 1 }, (_, at) => low * (1 - at / bins) + high * (at / bins));
  return edges.filter((edge, at) => at === 0 || edge > edges[at - 1]!);
}

/** Ascending edges at which each of up to `bins` bins holds about as many of the finite numbers; equal edges are one. */
export function quantileEdges(values: ArrayLike<number>, bins = 10): number[] {
  const sorted = sortedPresent(values);
  if (sorted.length === 0) return [];
  const edges = Array.from({ length: bins + 1 }, (_, at) => quantileOf(sorted, at / bins));
  return edges.filter((edge, at) => at === 0 || edge > edges[at - 1]!);
}

/** How many numbers fall between the edges. */
export function histogram(values: ArrayLike<number>, edges: readonly number[]): Histogram {
  const last = edges.length - 1;
  const constant = last === 1 && edges[0] === edges[1];
  const counts = new Array<number>(Math.max(0, last)).fill(0);
  let below = 0;
  let above = 0;
  let missing = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isNaN(value)) missing++;
    else if (last < 0 || value > edges[last]!) above++;
    else if (value < edges[0]!) below++;
    else if (last === 0 || constant) {
      if (counts.length > 0) counts[0]!++;
    } else counts[binOf(value, edges)]!++;
  }
  return { edges: [...edges], counts, below, above, missing };
}

function binOf(value: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
