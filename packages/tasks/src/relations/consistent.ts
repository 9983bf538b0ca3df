import { quote } from '@polytask/base';
import type { Relations } from './relations.ts';

export type ConsistentOptions = {
  readonly relations: Pick<Relations, 'order' | 'hierarchy'>;
  /** The labels of each task, in the order of its probabilities. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** What the heads say of one row, each by itself: for each task one number ≥ 0 per label, of sum 1. */
  readonly probabilities: Readonly<Record<string, readonly number[]>>;
};

export type ConsistentPrediction = {
  /** Of the joint labelling that is the most probable one; null where the task has no label in it. */
  readonly label: string | null;
  /** p(label), in the order of the labels. With `none` their sum is 1. */
  readonly probabilities: readonly number[];
  /** How probable it is that the task has no label in this row; 0 without a parent. */
  readonly none: number;
};

/** p(child | parent): a row for each parent label, [labels of the child…, none]. */
type Conditional = readonly (readonly number[])[];

/**
 * Makes predictions that contradict no parent: p(c) = Σₚ p(p)·p(c | p) with p(c | p) ∝ [c may stand below p]·q(c), q what the child's head says.
 *
 * Below a parent label with no child labels, and below a parent without a label, the child has none. Where the head gives 0 to all that is
 * allowed, the allowed ones are equally probable. Labels are those of the most probable joint labelling (max-product), so a child's label
 * always stands below its parent's; it need not be the most probable one of the child alone. Tasks without a parent keep what they have.
 *
 * @throws RangeError when a task of the hierarchy has no labels or probabilities, or these do not fit.
 */
export function consistent({
  relations: { order, hierarchy },
  labels,
  probabilities,
}: ConsistentOptions): Readonly<Record<string, ConsistentPrediction>> {
  const tasks = order.filter((task) => Object.hasOwn(probabilities, task));
  for (const task of tasks) requireDistribution(task, labels[task], probabilities[task]!);
  const parentOf = (task: string) => (Object.hasOwn(hierarchy, task) ? hierarchy[task]!.parent : undefined);
  const conditionals = new Map<string, Conditional>();
  const marginals = new Map<string, readonly number[]>();
  for (const task of tasks) {
    const parent = parentOf(task);
    if (parent === undefined) {
      marginals.set(task, [...probabilities[task]!, 0]);
      continue;
    }
    const above = marginals.get(parent);
    if (!above)
      throw new RangeError(`probabilities: expected those of ${quote(parent)}, above ${quote(task)}. Found none.`);
    const { under } = hierarchy[task]!;
    const unknown = Object.values(under)
      .flat()
      .find((label) => !labels[task]!.includes(label));
    if (unknown !== undefined)
      throw new RangeError(`labels.${task}: expected the labels of its relation. Found no ${quote(unknown)}.`);
    const rows = [
      ...labels[parent]!.map((label) => below(under[label] ?? [], labels[task]!, probabilities[task]!)),
      noLabel(labels[task]!),
    ];
    conditionals.set(task, rows);
    marginals.set(
      task,
      rows[0]!.map((_, at) =>
        Math.min(
          1,
          rows.reduce((sum, row, label) => sum + above[label]! * row[at]!, 0),
        ),
      ),
    );
  }

  // Upwards: the best that each label allows below it. Downwards: the labels that reach it.
  const children = (task: string) => tasks.filter((other) => parentOf(other) === task);
  const best = new Map<string, readonly number[]>();
  for (const task of [...tasks].reverse())
    best.set(
      task,
      [...labels[task]!, null].map((_, at) =>
        children(task).reduce(
          (product, child) =>
            product * Math.max(...conditionals.get(child)![at]!.map((p, own) => p * best.get(child)![own]!)),
          1,
        ),
      ),
    );
  const chosen = new Map<string, number>();
  for (const task of tasks) {
    const parent = parentOf(task);
    const own = parent === undefined ? marginals.get(task)! : conditionals.get(task)![chosen.get(parent)!]!;
    chosen.set(task, highest(own.map((p, at) => p * best.get(task)![at]!)));
  }
  return Object.fromEntries(
    tasks.map((task) => {
      const all = marginals.get(task)!;
      return [
        task,
        { label: labels[task]![chosen.get(task)!] ?? null, probabilities: all.slice(0, -1), none: all.at(-1)! },
      ];
    }),
  );
}

const noLabel = (labels: readonly string[]): number[] => [...labels.map(() => 0), 1];

function below(allowed: readonly string[], labels: readonly string[], own: readonly number[]): number[] {
  if (allowed.length === 0) return noLabel(labels);
  const masked = labels.map((label, at) => (allowed.includes(label) ? own[at]! : 0));
  const sum = masked.reduce((total, value) => total + value, 0);
  if (sum > 0) return [...masked.map((value) => value / sum), 0];
  return [...labels.map((label) => (allowed.includes(label) ? 1 / allowed.length : 0)), 0];
}

const highest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

function requireDistribution(task: string, labels: readonly string[] | undefined, own: readonly number[]): void {
  if (labels?.length !== own.length)
    throw new RangeError(
      `probabilities.${task}: expected one for each of ${labels?.length ?? 0} labels. Found ${own.length}.`,
    );
  const sum = own.reduce((total, value) => total + value, 0);
  if (own.every((value) => value >= 0) && Math.abs(sum - 1) <= 1e-3) return;
  throw new RangeError(`probabilities.${task}: expected numbers ≥ 0 of sum 1. Found ${quote(own)}.`);
}
