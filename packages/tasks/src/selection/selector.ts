import { type Key, quote, uniform } from '@polytask/base';

/** What training on a task brought. */
export type Reward = {
  readonly task: number;
  /** Higher is better; its range is the selector's business. */
  readonly reward: number;
  /** With what probability the task was chosen, where someone else than this selector did. Default: its own. */
  readonly probability?: number;
};

/**
 * Which task to train on next. Tasks are numbers from 0, in the order of the model's.
 *
 * Everything is plain numbers. `State` is JSON: stored and read again, the next choices are the same. Nothing given is changed, nothing is
 * kept. Any object that fits, fits; `describeSelectorLaws` from `@polytask/tasks/testing` proves that it does.
 */
export interface TaskSelector<State> {
  readonly name: string;
  /** @throws RangeError for a number of tasks that is not positive, or that the options are not for. */
  init(taskCount: number): State;
  /** How probable each task is to be chosen, of sum 1. */
  probabilities(state: State): number[];
  /** A task, drawn from the probabilities. The same key gives the same task. */
  choose(state: State, key: Key): number;
  /** @throws RangeError for a task that there is not, or a reward that is not finite or out of range. */
  observe(state: State, reward: Reward): State;
}

/** The task that a key draws from probabilities. */
export function draw(probabilities: readonly number[], key: Key): number {
  let rest = uniform(key, 1)[0]! * probabilities.reduce((sum, value) => sum + value, 0);
  for (const [task, probability] of probabilities.entries()) {
    if (rest < probability) return task;
    rest -= probability;
  }
  // what rounding left over belongs to the last that may be chosen
  return probabilities.findLastIndex((probability) => probability > 0);
}

/** A selector of its probabilities. */
export const selector = <State>(parts: Omit<TaskSelector<State>, 'choose'>): TaskSelector<State> => ({
  ...parts,
  choose: (state, key) => draw(parts.probabilities(state), key),
});

/** @throws RangeError for what no selector takes. */
export function requireReward(name: string, { task, reward, probability = 1 }: Reward, taskCount: number): void {
  if (!(Number.isInteger(task) && task >= 0 && task < taskCount))
    throw new RangeError(`${name}: expected a task from 0 to ${taskCount - 1}. Found ${quote(task)}.`);
  if (!Number.isFinite(reward)) throw new RangeError(`${name}: expected a finite reward. Found ${reward}.`);
  if (!(probability > 0 && probability <= 1))
    throw new RangeError(`${name}: expected a probability above 0, at most 1. Found ${probability}.`);
}
