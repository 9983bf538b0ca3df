import type { Balancer } from '../balancer.ts';
import { requirePerTask, requirePositive, requireTaskCount } from '../require.ts';
import { softmax } from '../softmax.ts';
import { statusOf } from '../status.ts';
import { named, presentTasks, spread } from '../tasks.ts';

/** One task's losses: the mean of its last two periods, and the sum of the running one. */
export type TaskHistory = {
  readonly period: number;
  readonly sum: number;
  readonly count: number;
  readonly last: number | null;
  readonly beforeLast: number | null;
};

export type DwaState = readonly TaskHistory[];

export type DwaOptions = {
  readonly temperature?: number;
  /** Steps of a period; null for epochs. */
  readonly window?: number | null;
};

/**
 * Dynamic weight average: tasks whose loss falls slower weigh more.
 *
 *   wₖ = K softmaxₖ(rₖ / T),   rₖ = L̄ₖ(e − 1) / L̄ₖ(e − 2)
 *
 * L̄ₖ(e) is the mean loss of epoch e, or of `window` steps, over the steps in which the task was present; periods without it do not count.
 * Until a task has two of them its rₖ is 1. Σ w = K over the tasks present. Where a mean is not positive, rₖ is 1 and the status says so.
 * A loss that is not finite is not counted.
 *
 * @param temperature T > 0; 2 by default
 * @param window a positive integer, or null, the default, for epochs
 *
 * Throws a RangeError for other arguments. Liu, Johns & Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019.
 */
export function dwa({ temperature = 2, window = null }: DwaOptions = {}): Balancer<DwaState> {
  requirePositive({ temperature });
  if (window !== null && !(Number.isSafeInteger(window) && window > 0)) {
    throw new RangeError(`expected a positive integer window. Found ${window}.`);
  }
  return {
    name: 'dwa',
    needs: 'losses',
    knownBefore: true,
    init(taskCount) {
      requireTaskCount(taskCount);
      return Array.from({ length: taskCount }, () => ({ period: 0, sum: 0, count: 0, last: null, beforeLast: null }));
    },
    weigh({ present, step, epoch }, state) {
      requirePerTask('present', present, state.length);
      const tasks = presentTasks(present);
      if (tasks.length === 0) return { weights: present.map(() => 0), state, status: statusOf(present) };
      const period = window === null ? epoch : Math.floor(step / window);
      const after = state.map((task, index) => (present[index] ? enter(task, period) : task));
      const wrong = tasks.filter((task) => !isPositive(after[task]!));
      const rates = tasks.map((task) => rateOf(after[task]!) / temperature);
      const weights = softmax(rates).map((share) => tasks.length * share);
      const reason = wrong.length > 0 ? `the mean loss of ${named(wrong)} is not positive` : undefined;
      return { weights: spread(weights, tasks, present.length), state: after, status: statusOf(present, reason) };
    },
    observe(losses, state, present) {
      requirePerTask('present', present, state.length);
      requirePerTask('losses', losses, state.length);
      return state.map((task, index) => {
        if (!present[index] || !Number.isFinite(losses[index])) return task;
        return { ...task, sum: task.sum + losses[index]!, count: task.count + 1 };
      });
    },
  };
}

/** The task in the period `period`: what it summed before becomes its last mean. */
function enter(task: TaskHistory, period: number): TaskHistory {
  if (period === task.period || task.count === 0) return { ...task, period };
  return { period, sum: 0, count: 0, last: task.sum / task.count, beforeLast: task.last };
}

const isPositive = ({ last, beforeLast }: TaskHistory) => (last ?? 1) > 0 && (beforeLast ?? 1) > 0;

function rateOf(task: TaskHistory): number {
  const { last, beforeLast } = task;
  return last === null || beforeLast === null || !isPositive(task) ? 1 : last / beforeLast;
}
