import { PolytaskError } from '@polytask/base';
import type { Evaluation, Judge } from '@polytask/train';
import type { RunConfig } from './config/schema.ts';
import { type LabelMetric, metricFor } from './registry.ts';
import type { MajorityScores, Scores } from './results.ts';
import type { Parts, Specs } from './specs.ts';

/** The metrics of a task, the primary one first. */
export const metricsOf = (config: RunConfig, task: string): Readonly<Record<string, LabelMetric>> =>
  Object.fromEntries(config.tasks[task]!.metrics.map((name) => [name, metricFor(name)]));

/** How each task's outputs are judged. */
export function judgesOf(config: RunConfig, { heads }: Parts, specs: Specs): Readonly<Record<string, Judge>> {
  return Object.fromEntries(
    Object.entries(heads).map(([task, head]) => [
      task,
      {
        predict(outputs) {
          if (!outputs.data.every(Number.isFinite)) {
            throw new PolytaskError('diverged', {
              code: 'E4003',
              path: `tasks.${task}`,
              message: 'The outputs of the model are not finite.',
              fix: 'Lower the learning rate, or clip the gradients (train.clip).',
            });
          }
          return head.decode(outputs, specs.heads[task]).map(({ label }) => label);
        },
        metrics: metricsOf(config, task),
      } satisfies Judge,
    ]),
  );
}

/** NaN becomes null, as in JSON. */
export function scoresOf(evaluation: Evaluation): Scores {
  const number = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);
  return Object.fromEntries(
    Object.entries(evaluation).map(([task, { loss, labels, metrics }]) => [
      task,
      {
        loss: number(loss),
        labels,
        metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, number(value)])),
      },
    ]),
  );
}

/**
 * One number for a whole evaluation, higher is better: Σ wₖ·mₖ / Σ wₖ over the tasks that have labels there, mₖ their primary metric, or
 * the one metric that `select` names. Metrics where lower is better are negated. NaN without evidence.
 */
export function selectionScore({ select, tasks }: RunConfig, evaluation: Evaluation): number {
  const oriented = (task: string, name: string) => {
    const value = evaluation[task]!.metrics[name] ?? Number.NaN;
    return metricFor(name as never).direction === 'up' ? value : -value;
  };
  if (select.mode === 'primary') return oriented(select.task, select.metric ?? tasks[select.task]!.metrics[0]!);
  let total = 0;
  let weights = 0;
  for (const [task, { weight, metrics }] of Object.entries(tasks)) {
    if (evaluation[task]!.labels === 0 || weight === 0) continue;
    total += weight * oriented(task, metrics[0]!);
    weights += weight;
  }
  return total / weights;
}

/** What always answering the most frequent training label scores on these labels. Equally frequent: the first in order. */
export function majorityScores(
  config: RunConfig,
  labelCounts: Readonly<Record<string, ReadonlyMap<string, number>>>,
  labels: (task: string) => readonly (string | null)[],
): MajorityScores {
  return Object.fromEntries(
    Object.keys(config.tasks).map((task) => {
      const actual = labels(task);
      const counts = [...labelCounts[task]!].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const label = counts[0]?.[0] ?? '';
      const predicted = actual.map(() => label);
      const metrics = Object.entries(metricsOf(config, task)).map(([name, metric]) => {
        const value: number = metric.compute(metric.observe({ predicted, actual }));
        return [name, Number.isFinite(value) ? value : null];
      });
      return [task, { label, metrics: Object.fromEntries(metrics) }];
    }),
  );
}
