/** How fast the share of examples grows. */
export type Pacing = 'linear' | 'root' | 'geometric' | 'step';

export type CurriculumOptions = {
  /** The share of the easiest examples to begin with, above 0 to 1. Default: 0.2. */
  readonly start?: number;
  /** Rounds (epochs or steps) until all examples take part. */
  readonly rounds: number;
  /** Default: root. */
  readonly pacing?: Pacing;
  /** Stages of the pacing `step`. Default: 4. */
  readonly stages?: number;
};

/**
 * The share of the examples, easiest first, that takes part in round t, from `start` to 1: c(t) with x = min(1, t / rounds), c₀ = start,
 *
 * linear c₀ + (1 − c₀)x · root √(c₀² + (1 − c₀²)x) · geometric c₀^(1 − x) · step: linear, held within each of the stages.
 * Bengio et al., "Curriculum Learning", ICML 2009; root: Platanios et al., "Competence-based Curriculum Learning for NMT", NAACL 2019.
 *
 * @throws RangeError when an option is out of range or the round is not ≥ 0.
 */
export function curriculumShare(round: number, options: CurriculumOptions): number {
  const { start = 0.2, rounds, pacing = 'root', stages = 4 } = options;
  if (!(start > 0 && start <= 1)) throw new RangeError(`start: expected above 0 to 1. Found ${start}.`);
  if (!(rounds > 0)) throw new RangeError(`rounds: expected a number > 0. Found ${rounds}.`);
  if (!(Number.isInteger(stages) && stages > 0))
    throw new RangeError(`stages: expected a positive integer. Found ${stages}.`);
  if (!(round >= 0)) throw new RangeError(`round: expected a number ≥ 0. Found ${round}.`);
  const x = Math.min(1, round / rounds);
  if (pacing === 'root') return Math.sqrt(start ** 2 + (1 - start ** 2) * x);
  if (pacing === 'geometric') return start ** (1 - x);
  return start + (1 - start) * (pacing === 'linear' ? x : Math.floor(x * stages) / stages);
}

/**
 * The ⌈share · n⌉ examples of lowest loss, as positions in `losses`, ascending.
 *
 * With `strata` (a number per example, such as its class) the share is taken within each, so that an easy class does not crowd out the others.
 * Examples without a loss (NaN), not yet seen, count as easiest; among equal losses the earlier comes first.
 *
 * @throws RangeError when the share is not above 0 to 1, or the strata are not one per loss.
 */
export function easiestExamples(
  losses: ArrayLike<number>,
  share: number,
  options: { readonly strata?: ArrayLike<number> } = {},
): Uint32Array {
  if (!(share > 0 && share <= 1)) throw new RangeError(`share: expected above 0 to 1. Found ${share}.`);
  const { strata } = options;
  if (strata && strata.length !== losses.length)
    throw new RangeError(`strata: expected ${losses.length}, one per loss. Found ${strata.length}.`);
  const lists = new Map<number, number[]>();
  for (let at = 0; at < losses.length; at++) {
    const stratum = strata?.[at] ?? 0;
    const list = lists.get(stratum);
    if (list) list.push(at);
    else lists.set(stratum, [at]);
  }
  const rank = (at: number) => (Number.isNaN(losses[at]!) ? Number.NEGATIVE_INFINITY : losses[at]!);
  const kept = [...lists.values()].flatMap((list) =>
    list
      .sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) < rank(b) ? -1 : 1))
      .slice(0, Math.ceil(list.length * share - 1e-9)),
  );
  return Uint32Array.from(kept).sort();
}
