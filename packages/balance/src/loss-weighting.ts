import type { Key } from '@polytask/base';
import type { Balancer, Statistics } from './balancer.ts';
import { requireFinite } from './finite.ts';
import { requirePerTask, requireTaskCount } from './require.ts';
import { statusOf } from './status.ts';
import { named, presentTasks, spread } from './tasks.ts';

/** Losses below it, 0 and negative ones included, have no logarithm and no reciprocal to work with. */
const smallest = 1e-300;

export type LossWeightingState = { readonly taskCount: number };

export type LossWeighting = {
  readonly name: string;
  /** Lists with one entry per task, by what they are called. */
  readonly perTask?: Readonly<Record<string, readonly unknown[] | undefined>>;
  /** The weights of the tasks present, from their losses; their original numbers come along. */
  readonly weigh: (
    losses: readonly number[],
    tasks: readonly number[],
    key: Key,
  ) => { readonly weights: readonly number[]; readonly reason?: string };
};

/** A balancer from a map of this step's losses to weights that remembers nothing. */
export function lossWeighting({ name, perTask = {}, weigh }: LossWeighting): Balancer<LossWeightingState> {
  return {
    name,
    needs: 'losses',
    knownBefore: false,
    init(taskCount) {
      requireTaskCount(taskCount);
      for (const [list, values] of Object.entries(perTask)) if (values) requirePerTask(list, values, taskCount);
      return { taskCount };
    },
    weigh(statistics, state, key) {
      const { present } = statistics;
      requirePerTask('present', present, state.taskCount);
      const tasks = presentTasks(present);
      if (tasks.length === 0) return { weights: present.map(() => 0), state, status: statusOf(present) };
      const { weights, reason } = weigh(finiteLosses(statistics, tasks), tasks, key);
      return { weights: spread(weights, tasks, present.length), state, status: statusOf(present, reason) };
    },
  };
}

/** The losses of `tasks`; throws where one is not finite. */
export function finiteLosses({ losses }: Statistics, tasks: readonly number[]): number[] {
  return tasks.map((task) => {
    requireFinite(losses[task]!, 'loss', task);
    return losses[task]!;
  });
}

/** The positions of the losses that have a logarithm; and the reason to give if others are left out. */
export function positiveLosses(
  losses: readonly number[],
  tasks: readonly number[],
): { kept: number[]; reason?: string } {
  const kept = tasks.flatMap((_, i) => (losses[i]! >= smallest ? [i] : []));
  if (kept.length === tasks.length) return { kept };
  return { kept, reason: `the loss of ${named(tasks.filter((_, i) => !(losses[i]! >= smallest)))} is not positive` };
}
