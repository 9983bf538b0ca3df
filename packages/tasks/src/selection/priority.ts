import { quote } from '@polytask/base';
import { requireCount, requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type PriorityOptions = {
  /** How much each task matters, ≥ 0. Default: 1 each. */
  readonly importance?: readonly number[];
  /** How many examples each task has, ≥ 0. Default: 1 each. */
  readonly sizes?: readonly number[];
  /** T: 1 chooses in proportion to the sizes, more makes small data sets more frequent. At least 1. Default: 1. */
  readonly temperature?: number;
};

/**
 * By priority: pₖ ∝ importanceₖ · sizeₖ^(1/T), whatever the tasks bring.
 *
 * @throws RangeError for numbers below 0, none above 0, or another number of them than there are tasks.
 */
export function priority({ importance, sizes, temperature = 1 }: PriorityOptions): TaskSelector<{ taskCount: number }> {
  requireNumber('priority.temperature', temperature, 1);
  for (const [name, values] of Object.entries({ importance, sizes }))
    for (const [at, value] of (values ?? []).entries()) requireNumber(`priority.${name}[${at}]`, value, 0);
  const shares = (taskCount: number) =>
    Array.from(
      { length: taskCount },
      (_, task) => (importance?.[task] ?? 1) * (sizes?.[task] ?? 1) ** (1 / temperature),
    );
  return selector({
    name: 'priority',
    init(taskCount) {
      requireCount('taskCount', taskCount);
      for (const [name, values] of Object.entries({ importance, sizes }))
        if (values && values.length !== taskCount)
          throw new RangeError(`priority.${name}: expected ${taskCount} numbers. Found ${values.length}.`);
      if (!shares(taskCount).some((share) => share > 0))
        throw new RangeError(`priority: expected a task above 0. Found ${quote({ importance, sizes })}.`);
      return { taskCount };
    },
    probabilities({ taskCount }) {
      const own = shares(taskCount);
      const sum = own.reduce((total, share) => total + share, 0);
      return own.map((share) => share / sum);
    },
    observe(state, reward) {
      requireReward('priority', reward, state.taskCount);
      return state;
    },
  });
}
