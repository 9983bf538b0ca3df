import { type Problem, quote } from '@polytask/base';

export type BalancedWeightsOptions = {
  /** Tasks whose classes are balanced. Default: those of the first example. */
  readonly tasks?: readonly string[];
  /** 0 leaves the classes as they are, 1 makes them equally frequent. Default: 1. */
  readonly strength?: number;
  /** No example weighs more than `limit` or less than 1/`limit` times the average. Default: 10. */
  readonly limit?: number;
  /** Passes over all tasks. Default: 100. */
  readonly sweeps?: number;
};

export type BalancedWeights = {
  /** A weight per example, with mean 1. */
  readonly weights: Float64Array;
  /** The share of each label among its task's labelled examples, by task and label: as found, as wished and as weighted. */
  readonly shares: Readonly<
    Record<string, ReadonlyMap<string, { readonly before: number; readonly wished: number; readonly after: number }>>
  >;
  /** Tasks whose shares could not be reached (E2460). */
  readonly notes: readonly Problem[];
};

/** Where a share differs so much from the wish, it is noted. */
const tolerance = 0.02;

/**
 * Example weights under which the classes of all tasks together are as equally frequent as they can be: over- and under-sampling for several
 * tasks at once.
 *
 * Minimises KL(w ‖ uniform) = Σᵢ wᵢ log(n wᵢ) subject to, for every task k and class c, Σ_{i: yᵢₖ = c} wᵢ = sₖ·((1 − a)·n_c/nₖ + a/Cₖ), with
 * the strength a, the classes Cₖ and the share sₖ = nₖ/n of examples that have a label of k: tasks keep their shares, classes within them
 * move. Solved by iterative proportional fitting, one task after the other, and cut to [1/limit, limit]. Where the tasks contradict each
 * other, or the limit does, it ends near the wishes and says so (E2460). Deming & Stephan, "On a Least Squares Adjustment of a Sampled
 * Frequency Table", 1940; Csiszár, "I-Divergence Geometry", 1975.
 *
 * @throws RangeError when an option is out of range or a task is unknown.
 */
export function balancedWeights(
  labels: readonly Readonly<Record<string, string | number | null>>[],
  options: BalancedWeightsOptions = {},
): BalancedWeights {
  const { strength = 1, limit = 10, sweeps = 100 } = options;
  if (!(strength >= 0 && strength <= 1)) throw new RangeError(`strength: expected 0 to 1. Found ${strength}.`);
  if (!(limit >= 1)) throw new RangeError(`limit: expected a number ≥ 1. Found ${limit}.`);
  if (!(Number.isInteger(sweeps) && sweeps > 0))
    throw new RangeError(`sweeps: expected a positive integer. Found ${sweeps}.`);
  const count = labels.length;
  const tasks = (options.tasks ?? Object.keys(labels[0] ?? {})).map((task) => margin(task, labels, strength));
  const weights = new Float64Array(count).fill(1);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let farthest = 0;
    for (const { classes, wished } of tasks) {
      const sums = sumsOf(classes, weights, wished.length);
      const factors = sums.map((sum, at) => (sum > 0 ? (wished[at]! * count) / sum : 1));
      for (const factor of factors) farthest = Math.max(farthest, Math.abs(factor - 1));
      for (let at = 0; at < count; at++) weights[at]! *= factors[classes[at]!]!;
    }
    for (let at = 0; at < count; at++) weights[at] = Math.min(limit, Math.max(1 / limit, weights[at]!));
    if (farthest < 1e-9) break;
  }
  scaleWithin(weights, limit);
  const shares: Record<string, Map<string, { before: number; wished: number; after: number }>> = Object.create(null);
  const notes: Problem[] = [];
  for (const { task, names, classes, wished, before } of tasks) {
    const sums = sumsOf(classes, weights, wished.length);
    const labelled = sums.slice(1).reduce((sum, own) => sum + own, 0);
    const whole = wished.slice(1).reduce((sum, own) => sum + own, 0);
    const found = names.map((name, at) => ({
      name,
      before: before[at + 1]! / whole,
      wished: wished[at + 1]! / whole,
      after: labelled > 0 ? sums[at + 1]! / labelled : 0,
    }));
    shares[task] = new Map(found.map(({ name, ...share }) => [name, share]));
    const far = found.filter(({ wished: wish, after }) => Math.abs(after - wish) > tolerance);
    if (far.length === 0) continue;
    const [worst] = far.sort((a, b) => Math.abs(b.after - b.wished) - Math.abs(a.after - a.wished));
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    const message = `The shares of the labels cannot all be reached: ${quote(worst!.name)} has ${percent(worst!.after)} where ${percent(worst!.wished)} were wished.`;
    notes.push({
      code: 'E2460',
      path: `tasks.${task}`,
      message,
      fix: 'Raise the limit, lower the strength, or balance fewer tasks.',
      count: far.length,
    });
  }
  return { weights, shares, notes };
}

/** The classes of a task, 0 where the label is missing, and the wished share of each among all examples. */
function margin(task: string, labels: readonly Readonly<Record<string, string | number | null>>[], strength: number) {
  const numbers = new Map<string, number>();
  const counts = [0];
  const classes = new Uint32Array(labels.length);
  for (const [at, row] of labels.entries()) {
    if (!Object.hasOwn(row, task))
      throw new RangeError(`tasks: expected a task of every example. Found ${quote(task)}, not in example ${at}.`);
    const label = row[task] ?? null;
    if (label !== null) {
      const number = numbers.get(String(label)) ?? numbers.size + 1;
      numbers.set(String(label), number);
      classes[at] = number;
    }
    counts[classes[at]!] = (counts[classes[at]!] ?? 0) + 1;
  }
  const total = Math.max(1, labels.length);
  const labelled = (labels.length - counts[0]!) / total;
  const before = counts.map((own) => own / total);
  const wished = before.map((share, at) =>
    at === 0 ? share : (1 - strength) * share + (strength * labelled) / numbers.size,
  );
  return { task, names: [...numbers.keys()], classes, wished, before };
}

function sumsOf(classes: Uint32Array, weights: Float64Array, count: number): number[] {
  const sums = new Array<number>(count).fill(0);
  for (let at = 0; at < classes.length; at++) sums[classes[at]!]! += weights[at]!;
  return sums;
}

/** Scales to mean 1 and cuts to [1/limit, limit] at once: the factor is found by bisection. */
function scaleWithin(weights: Float64Array, limit: number): void {
  const cut = (weight: number) => Math.min(limit, Math.max(1 / limit, weight));
  let [low, high] = [0, limit * limit];
  for (let step = 0; step < 100; step++) {
    const factor = (low + high) / 2;
    let sum = 0;
    for (let at = 0; at < weights.length; at++) sum += cut(factor * weights[at]!);
    if (sum > weights.length) high = factor;
    else low = factor;
  }
  for (let at = 0; at < weights.length; at++) weights[at] = cut(high * weights[at]!);
}
