import { quote } from '@polytask/base';
import type { Affinity } from '../affinity/affinity.ts';
import { requireCount } from '../require.ts';
import { beamGroups } from './beam.ts';
import { exactGroups } from './exact.ts';
import { type Found, groupScore } from './score.ts';

export type GroupTasksOptions = {
  /** Groups at most, at least 1: what there is room for. */
  readonly groups: number;
  /**
   * Whether a group may also train tasks that another group serves, because they help its own. Each such group is a model of its own then,
   * as in the paper. Default: false, every task is in one group.
   */
  readonly overlap?: boolean;
  /** What a task alone is worth, and a pair that was never measured. Default: 0, neither help nor harm. The paper's −10⁶ forbids single tasks. */
  readonly alone?: number;
  /** `exact` up to 12 tasks, then `beam`; either may be asked for, exact up to 15. */
  readonly search?: 'exact' | 'beam';
  /** Partial groupings that the beam keeps. Default: 64. */
  readonly width?: number;
};

/** Which tasks to train together: JSON, and what `grouped` takes. */
export type Grouping<Task extends string = string> = {
  /** The tasks that are trained in each group. */
  readonly groups: readonly (readonly Task[])[];
  /** By task the group, from 0, that predicts it: where it is helped most. */
  readonly servedBy: Readonly<Record<Task, number>>;
  /** By task how much the others of its group help it, on average. */
  readonly scores: Readonly<Record<Task, number>>;
  /** The sum of them, which was maximised. */
  readonly score: number;
  readonly search: 'exact' | 'beam';
};

/**
 * At most so many groups of tasks that help each other: maximises Σⱼ max_{S ∋ j} mean_{i ∈ S, i ≠ j} Zᵢⱼ, Z the affinity, over the groups S.
 *
 * Exactly by dynamic programming over sets of tasks, in O(3ⁿ·groups); beyond 12 tasks by beam search over assignments, improved by moving
 * tasks one by one, which need not find the best. Of equal scores the fewest groups win.
 *
 * @throws RangeError for options out of range, an exact search of more than 15 tasks, or an affinity that is not a square of finite numbers.
 *
 * The objective: Fifty et al., "Efficiently Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021.
 */
export function groupTasks<Task extends string>(
  { tasks, matrix }: Pick<Affinity<Task>, 'tasks' | 'matrix'>,
  { groups, overlap = false, alone = 0, search, width = 64 }: GroupTasksOptions,
): Grouping<Task> {
  requireCount('groups', groups);
  requireCount('width', width);
  if (!Number.isFinite(alone)) throw new RangeError(`alone: expected a finite number. Found ${quote(alone)}.`);
  const isSquare = matrix.length === tasks.length && matrix.every((row) => row.length === tasks.length);
  if (
    tasks.length === 0 ||
    !isSquare ||
    matrix.some((row) => row.some((value) => value !== null && !Number.isFinite(value)))
  )
    throw new RangeError(
      `matrix: expected a finite number, or null, for each pair of ${tasks.length} tasks. Found ${quote(matrix)}.`,
    );
  const chosen = search ?? (tasks.length <= 12 ? 'exact' : 'beam');
  if (chosen === 'exact' && tasks.length > 15)
    throw new RangeError(`search: expected beam for more than 15 tasks. Found exact for ${tasks.length}.`);
  const given = { matrix: matrix.map((row) => row.map((value) => value ?? alone)), alone };
  const { served, trained }: Found =
    chosen === 'exact' ? exactGroups(given, groups, overlap) : beamGroups(given, groups, overlap, width);
  const order = served.map((_, at) => at).sort((left, right) => served[left]![0]! - served[right]![0]!);
  const where = tasks.map((_, task) => order.findIndex((at) => served[at]!.includes(task)));
  const scores = where.map((group, task) => groupScore(given, task, trained[order[group]!]!));
  return {
    groups: order.map((at) => [...trained[at]!].sort((left, right) => left - right).map((task) => tasks[task]!)),
    servedBy: Object.fromEntries(tasks.map((task, at) => [task, where[at]!])) as Record<Task, number>,
    scores: Object.fromEntries(tasks.map((task, at) => [task, scores[at]!])) as Record<Task, number>,
    score: scores.reduce((sum, score) => sum + score, 0),
    search: chosen,
  };
}
