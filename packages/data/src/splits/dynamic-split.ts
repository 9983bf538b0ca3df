import { fold, type Key } from '@polytask/base';
import { randomSplit } from './random-split.ts';
import type { Split, SplitOptions } from './split.ts';
import type { StrataOptions, StratumLabels } from './strata.ts';
import { stratifiedSplit } from './stratified-split.ts';

/** Where dynamic splitting stands. JSON. */
export type DynamicSplitState = {
  /** Rounds done, from 0. */
  readonly round: number;
  /** The running mean of each task's results, 0 to 1; null before the first. */
  readonly scores: Readonly<Record<string, number | null>>;
};

export type DynamicSplitOptions = SplitOptions &
  StrataOptions & {
    readonly key: Key;
    /** The split to begin with: [training, validation, test]. The test part stays as it is. */
    readonly split: Pick<Split, 'parts'>;
    readonly tasks: readonly string[];
    /** The labels of every example: re-splits are stratified then, and examples can be weighted. */
    readonly labels?: readonly StratumLabels[];
    /** Rounds between two re-splits; 0 never re-splits. Default: 1. */
    readonly every?: number;
    /** γ ≥ 0 of the weights: 0 weighs all tasks alike. Default: 1. */
    readonly focus?: number;
    /** The share of the newest result in the running mean, above 0 to 1. Default: 0.5. */
    readonly smoothing?: number;
  };

export interface DynamicSplit {
  init(): DynamicSplitState;
  /** The state after a round. `results`: a score per task, 0 to 1, higher is better; tasks left out keep theirs. */
  advance(state: DynamicSplitState, results: Readonly<Record<string, number>>): DynamicSplitState;
  /** The parts of this round. */
  split(state: DynamicSplitState): Split;
  /** A weight per task with mean 1: worse tasks weigh more. */
  taskWeights(state: DynamicSplitState): Readonly<Record<string, number>>;
  /** A weight per example with mean 1 over this round's training part, 0 outside: the mean weight of the tasks it has labels of. */
  exampleWeights(state: DynamicSplitState): Float64Array;
}

const smallestScore = 1e-3;

/**
 * Re-splits training and validation between rounds and re-weights tasks and examples by what each task has reached; the test part never moves.
 *
 * Weights: wₖ ∝ −(1 − κ̄ₖ)^γ · log κ̄ₖ with the running mean κ̄ of the task's score, scaled to mean 1 (Guo et al., "Dynamic Task
 * Prioritization for Multitask Learning", ECCV 2018). Everything follows from the options and the state, so a saved state goes on alike.
 * After a re-split the model has trained on rows that now validate: such scores steer, they do not judge; the test part does.
 *
 * @throws RangeError when an option or a result is out of range, or the split has not three parts.
 */
export function dynamicSplit(options: DynamicSplitOptions): DynamicSplit {
  const { key, split: first, tasks, labels, groups, every = 1, focus = 1, smoothing = 0.5, ...strata } = options;
  if (first.parts.length !== 3) throw new RangeError(`split: expected three parts. Found ${first.parts.length}.`);
  if (tasks.length === 0) throw new RangeError('tasks: expected at least one. Found none.');
  if (!(Number.isInteger(every) && every >= 0)) throw new RangeError(`every: expected an integer ≥ 0. Found ${every}.`);
  if (!(focus >= 0)) throw new RangeError(`focus: expected a number ≥ 0. Found ${focus}.`);
  if (!(smoothing > 0 && smoothing <= 1)) throw new RangeError(`smoothing: expected above 0 to 1. Found ${smoothing}.`);
  const [training, validation, test] = first.parts as [Uint32Array, Uint32Array, Uint32Array];
  const moving = Uint32Array.from([...training, ...validation]).sort();
  const share = moving.length === 0 ? 1 : training.length / moving.length;

  const splitOf = ({ round }: DynamicSplitState): Split => {
    const turn = every === 0 ? 0 : Math.floor(round / every);
    if (turn === 0) return { parts: first.parts, notes: [] };
    const own = fold(fold(key, 'dynamic split'), turn);
    const given = groups ? { groups: moving.map((row) => groups[row]!) } : {};
    const fractions = [share, 1 - share];
    const { parts, notes } = labels
      ? stratifiedSplit(
          own,
          Array.from(moving, (row) => labels[row]!),
          fractions,
          { ...strata, ...given },
        )
      : randomSplit(own, moving.length, fractions, given);
    return { parts: [...parts.map((part) => part.map((at) => moving[at]!)), test], notes };
  };
  const taskWeights = ({ scores }: DynamicSplitState): Record<string, number> => {
    const raw = tasks.map((task) => {
      const score = scores[task];
      if (focus === 0 || score === null || score === undefined) return null;
      const kept = Math.min(1 - smallestScore, Math.max(smallestScore, score));
      return -((1 - kept) ** focus) * Math.log(kept);
    });
    const known = raw.filter((weight) => weight !== null);
    // a task without a result yet weighs as the others do on average
    const usual = known.length === 0 ? 1 : known.reduce((sum, weight) => sum + weight, 0) / known.length;
    return Object.fromEntries(tasks.map((task, at) => [task, (raw[at] ?? usual) / usual]));
  };

  return {
    init: () => ({ round: 0, scores: Object.fromEntries(tasks.map((task) => [task, null])) }),
    advance({ round, scores }, results) {
      for (const [task, score] of Object.entries(results)) {
        if (!tasks.includes(task))
          throw new RangeError(`results: expected tasks of ${tasks.join(', ')}. Found ${task}.`);
        if (!(score >= 0 && score <= 1)) throw new RangeError(`results: expected 0 to 1. Found ${score} for ${task}.`);
      }
      const next = tasks.map((task): [string, number | null] => {
        const [before, now] = [scores[task] ?? null, Object.hasOwn(results, task) ? results[task]! : null];
        if (now === null || before === null) return [task, now ?? before];
        return [task, smoothing * now + (1 - smoothing) * before];
      });
      return { round: round + 1, scores: Object.fromEntries(next) };
    },
    split: splitOf,
    taskWeights,
    exampleWeights(state) {
      if (!labels) throw new RangeError('labels: expected those of every example, to weigh examples. Found none.');
      const weights = taskWeights(state);
      const rows = splitOf(state).parts[0]!;
      const found = new Float64Array(labels.length);
      let sum = 0;
      for (const row of rows) {
        const present = tasks.filter((task) => (labels[row]![task] ?? null) !== null);
        const weight =
          present.length === 0 ? 0 : present.reduce((total, task) => total + weights[task]!, 0) / present.length;
        found[row] = weight;
        sum += weight;
      }
      if (sum > 0) for (const row of rows) found[row]! *= rows.length / sum;
      return found;
    },
  };
}
