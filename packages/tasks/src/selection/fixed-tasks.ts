import { quote } from '@polytask/base';
import { requireCount } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type FixedTasksState = { readonly taskCount: number; readonly turn: number };

export type FixedTasksOptions = {
  /** The tasks, from 0. Default: all. */
  readonly tasks?: readonly number[];
  /** Whether they take turns, a reward each, in place of being drawn with equal probability. Default: false. */
  readonly inTurn?: boolean;
};

/**
 * Always the same set of tasks, whatever they bring.
 *
 * @throws RangeError for tasks that are none, or twice.
 */
export function fixedTasks({ tasks, inTurn = false }: FixedTasksOptions = {}): TaskSelector<FixedTasksState> {
  if (tasks && (tasks.length === 0 || new Set(tasks).size < tasks.length))
    throw new RangeError(`fixedTasks.tasks: expected different tasks, at least one. Found ${quote(tasks)}.`);
  return selector({
    name: 'fixedTasks',
    init(taskCount) {
      requireCount('taskCount', taskCount);
      const stray = tasks?.find((task) => !(Number.isInteger(task) && task >= 0 && task < taskCount));
      if (stray !== undefined)
        throw new RangeError(`fixedTasks.tasks: expected numbers from 0 to ${taskCount - 1}. Found ${quote(stray)}.`);
      return { taskCount, turn: 0 };
    },
    probabilities({ taskCount, turn }) {
      const own = tasks ?? Array.from({ length: taskCount }, (_, task) => task);
      const chosen = inTurn ? [own[turn % own.length]!] : own;
      return Array.from({ length: taskCount }, (_, task) => (chosen.includes(task) ? 1 / chosen.length : 0));
    },
    observe(state, reward) {
      requireReward('fixedTasks', reward, state.taskCount);
      return { ...state, turn: state.turn + 1 };
    },
  });
}
