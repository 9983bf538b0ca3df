/** A metric of a task: its value for several tasks together, for the task alone, and where better values lie. */
export type Comparison = {
  readonly multiTask: number;
  readonly singleTask: number;
  readonly direction: 'up' | 'down';
};

/**
 * The mean change in percent against single-task models, **lower is better**: Δm = (100/M) Σ_m (−1)^δ_m (M_m − B_m) / B_m, δ_m = 1 where higher
 * is better, over all M metrics alike.
 *
 * @throws RangeError without comparisons, or for a single-task value of 0 or one that is not finite.
 *
 * Maninis, Radosavovic & Kokkinos, "Attentive Single-Tasking of Multiple Tasks", CVPR 2019.
 */
export function deltaM(comparisons: readonly Comparison[]): number {
  if (comparisons.length === 0) throw new RangeError('expected at least one comparison. Found none.');
  return -100 * meanOf(comparisons.map(gain));
}

/**
 * The mean change in percent, **higher is better**: Δp = (100/K) Σ_k (1/M_k) Σ_m gain, the metrics of each task averaged first, so that tasks count
 * alike however many metrics they have.
 *
 * @param tasks the comparisons of each task.
 * @throws RangeError without tasks, for one without comparisons, or for a single-task value of 0 or one that is not finite.
 *
 * Vandenhende et al., "Multi-Task Learning for Dense Prediction Tasks: A Survey", TPAMI 2021.
 */
export function deltaP(tasks: readonly (readonly Comparison[])[]): number {
  if (tasks.length === 0 || tasks.some(({ length }) => length === 0))
    throw new RangeError('expected at least one task, each with at least one comparison.');
  return 100 * meanOf(tasks.map((comparisons) => meanOf(comparisons.map(gain))));
}

/** The relative change, positive where it is for the better. */
function gain({ multiTask, singleTask, direction }: Comparison): number {
  if (!Number.isFinite(singleTask) || singleTask === 0)
    throw new RangeError(`singleTask: expected a finite value other than 0. Found ${singleTask}.`);
  const change = (multiTask - singleTask) / Math.abs(singleTask);
  return direction === 'up' ? change : -change;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
