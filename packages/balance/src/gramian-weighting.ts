import type { Key } from '@polytask/base';
import type { Balancer, Statistics, Weighed } from './balancer.ts';
import { requireFinite } from './finite.ts';
import { type Preference, preferenceOf } from './preference.ts';
import { requirePerTask, requireTaskCount } from './require.ts';
import type { Matrix } from './solvers/matrix.ts';
import { cancels } from './solvers/min-norm.ts';
import { statusOf } from './status.ts';
import { named, presentTasks, spread } from './tasks.ts';

/** What a method makes of the tasks present: their weights, in their order. */
export type Aggregated = {
  readonly weights: readonly number[];
  readonly iterations?: number;
  readonly residual?: number;
  /** Why the weights are a stand-in. */
  readonly reason?: string;
};

/** What a method sees: the tasks present alone, by their original numbers. */
export type Company = {
  /** Symmetric and finite, not all 0. */
  readonly gramian: Matrix;
  readonly losses: readonly number[];
  readonly tasks: readonly number[];
  /** 1/K each unless it was chosen. */
  readonly preference: readonly number[];
  readonly key: Key;
};

export type AggregationState = { readonly taskCount: number };

/** A balancer from a map of Gramians to weights that remembers nothing. */
export function gramianWeighting(
  name: string,
  aggregate: (company: Company) => Aggregated,
  preference?: Preference,
): Balancer<AggregationState> {
  return {
    name,
    needs: 'gramian',
    knownBefore: false,
    init(taskCount) {
      requireTaskCount(taskCount);
      if (preference) requirePerTask('preference', preference, taskCount);
      return { taskCount };
    },
    weigh(statistics, state, key) {
      requirePerTask('present', statistics.present, state.taskCount);
      const weigh = (company: Company) => ({ state, ...aggregate(company) });
      return weighPresent(statistics, state, key, weigh, preference);
    },
  };
}

/** Runs `weigh` on the tasks present, and says so where nothing can be weighed or the weighted gradients cancel. */
export function weighPresent<State>(
  statistics: Statistics,
  state: State,
  key: Key,
  weigh: (company: Company) => Aggregated & { readonly state: State },
  preference?: Preference,
): Weighed<State> {
  const { present } = statistics;
  const tasks = presentTasks(present);
  if (tasks.length === 0) return { weights: present.map(() => 0), state, status: statusOf(present) };
  const gramian = gramianOf(statistics, tasks);
  const losses = tasks.map((task) => statistics.losses[task]!);
  const company = { gramian, losses, tasks, key, preference: preferenceOf(preference, tasks) };
  if (gramian.every((row, i) => row[i] === 0)) {
    const weights = spread(company.preference, tasks, present.length);
    return { weights, state, status: statusOf(present, 'every gradient is zero') };
  }
  const { weights, iterations, residual, reason, state: after } = weigh(company);
  return {
    weights: spread(weights, tasks, present.length),
    state: after,
    status: statusOf(present, reason ?? doubtOf(gramian, weights, residual)),
    ...(iterations !== undefined && { iterations }),
    ...(residual !== undefined && { residual }),
  };
}

/** What is wrong with weights that a method calls right. */
function doubtOf(gramian: Matrix, weights: readonly number[], residual = 0): string | undefined {
  if (!(residual <= 1e-6)) return `the solver stopped at a residual of ${residual.toExponential(1)}`;
  return cancels(gramian, weights) ? 'the weighted gradients cancel' : undefined;
}

/** The Gramian of `tasks`, its two halves averaged. A gradient below 10⁻¹⁴⁰ counts as zero: its square has no precision left. */
function gramianOf({ gramian }: Statistics, tasks: readonly number[]): number[][] {
  if (!gramian) throw new TypeError('expected a Gramian. Found none.');
  const isZero = tasks.map((task) => {
    const square = gramian[task]![task]!;
    requireFinite(square, 'gradient', task);
    if (square < 0) throw new RangeError(`expected a Gramian with squared norms of at least 0. Found ${square}.`);
    return square < 1e-280;
  });
  return tasks.map((task, i) =>
    tasks.map((other, j) => {
      const value = 0.5 * gramian[task]![other]! + 0.5 * gramian[other]![task]!;
      requireFinite(value, 'gradient', task);
      return isZero[i] || isZero[j] ? 0 : value;
    }),
  );
}

/** The tasks whose gradient is not zero, by their position; and the reason to give if others are left out. */
export function withGradient({ gramian, tasks }: Company): { kept: number[]; reason?: string } {
  const kept = tasks.flatMap((_, i) => (gramian[i]![i]! > 0 ? [i] : []));
  if (kept.length === tasks.length) return { kept };
  const zero = tasks.filter((_, i) => gramian[i]![i] === 0);
  return { kept, reason: `the gradient of ${named(zero)} is zero` };
}

/** `value` where there is one: a property left out differs from one that is undefined. */
export const because = (reason: string | undefined): { reason?: string } => (reason === undefined ? {} : { reason });

export const stationaryReason = 'the tasks are Pareto-stationary: no direction improves them all';
