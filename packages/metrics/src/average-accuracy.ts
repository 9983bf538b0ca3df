import { type AccuracyState, accuracy } from './accuracy.ts';
import type { LabelBatch } from './label-batch.ts';
import type { Metric } from './metric.ts';
import { byCodeUnit } from './order.ts';

/** Labels of several tasks, by task name. Tasks may be left out, and may have other examples than their neighbours. */
export type TaskBatches = { readonly [task: string]: LabelBatch };

export type AverageAccuracyState = { readonly [task: string]: AccuracyState };

/**
 * The mean over tasks of each task's accuracy: every task counts the same, however many labels it has.
 *
 *   (1 / |T|) Σ_{t ∈ T} correctₜ / countₜ,   T = the tasks with evidence; NaN when there is none
 */
export function averageAccuracy(): Metric<TaskBatches, AverageAccuracyState, number> {
  const perTask = accuracy();
  return {
    name: 'averageAccuracy',
    direction: 'up',
    empty: {},
    observe: (batches) =>
      Object.fromEntries(Object.entries(batches).map(([task, batch]) => [task, perTask.observe(batch)])),
    merge(left, right) {
      const evidence = new Map(Object.entries(left));
      for (const [task, state] of Object.entries(right)) {
        evidence.set(task, perTask.merge(evidence.get(task) ?? perTask.empty, state));
      }
      return Object.fromEntries([...evidence].sort(([a], [b]) => byCodeUnit(a, b)));
    },
    compute(state) {
      const scores = Object.values(state)
        .filter(({ count }) => count > 0)
        .map(perTask.compute);
      return scores.reduce((sum, score) => sum + score, 0) / scores.length;
    },
  };
}
