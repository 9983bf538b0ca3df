import { type HostTensor, leaves, PolytaskError, type Tree } from '@polytask/base';
import type { DetectSpec, MultiLabelSpec } from '@polytask/heads';
import type { Evaluation, Inference, Judge, LabelledBatch } from '@polytask/train';
import { eachOf } from './config/expand-each.ts';
import type { TaskPrediction } from './config/run.ts';
import type { RunConfig, TaskConfig } from './config/schema.ts';
import { hasClasses } from './labels.ts';
import { metricFor, type PredictionMetric } from './metrics.ts';
import type { MajorityScores, Scores } from './results.ts';
import type { Parts, Specs } from './specs.ts';

/**
 * The metrics of a task, the primary one first.
 *
 * @param spec what its head was fitted to, which has the order of its labels.
 */
export const metricsOf = (
  config: RunConfig,
  task: string,
  spec: unknown,
): Readonly<Record<string, PredictionMetric>> => {
  const { metrics, type } = config.tasks[task]!;
  const { labels } = (spec ?? {}) as { readonly labels?: readonly string[] };
  return Object.fromEntries(metrics.map((name) => [name, metricFor(name, type, labels)]));
};

/** How each task's outputs are judged. */
export function judgesOf(config: RunConfig, { heads }: Parts, specs: Specs): Readonly<Record<string, Judge>> {
  return Object.fromEntries(
    Object.entries(heads).map(([task, head]) => [
      task,
      {
        predict(outputs) {
          const tensors = leaves<HostTensor>(outputs as Tree<HostTensor>);
          if (!tensors.every(([, { data }]) => (data as Float32Array).every(Number.isFinite))) {
            throw new PolytaskError('diverged', {
              code: 'E4003',
              path: `tasks.${task}`,
              message: 'The outputs of the model are not finite.',
              fix: 'Lower the learning rate, or clip the gradients (train.clip).',
            });
          }
          return head.decode(outputs, judgedSpec(config.tasks[task]!, specs.heads[task]));
        },
        metrics: metricsOf(config, task, specs.heads[task]),
      } satisfies Judge,
    ]),
  );
}

/** Precision at every recall needs the boxes that nobody would show. */
const judgedSpec = ({ type }: TaskConfig, spec: unknown): unknown =>
  type === 'detect' ? { ...(spec as DetectSpec), threshold: Math.min(0.01, (spec as DetectSpec).threshold) } : spec;

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
 * One number for a whole evaluation, higher is better: Σ wₖ·mₖ / Σ wₖ over the tasks whose primary metric mₖ has a value there, or the one
 * metric that `select` names. Metrics where lower is better are negated. A task without labels has no value, nor has one with too few for
 * its metric, such as the explained variance of a single label. Tasks of one family (`each`) count as one, by 1 − their mean loss over all their
 * labels, since single ones may have few: for numbers the explained variance. NaN where no task has any.
 */
export function selectionScore({ select, tasks }: RunConfig, evaluation: Evaluation): number {
  const oriented = (task: string, name: string) => {
    const value = evaluation[task]!.metrics[name] ?? Number.NaN;
    return metricFor(name as never).direction === 'up' ? value : -value;
  };
  if (select.mode === 'primary') return oriented(select.task, select.metric ?? tasks[select.task]!.metrics[0]!);
  let total = 0;
  let weights = 0;
  const families = new Map<string, { loss: number; labels: number; weight: number }>();
  for (const [task, config] of Object.entries(tasks)) {
    const { weight, metrics } = config;
    const { labels, loss } = evaluation[task]!;
    if (labels === 0 || weight === 0) continue;
    const each = eachOf(config);
    if (each) {
      const sums = families.get(each.of) ?? { loss: 0, labels: 0, weight };
      families.set(each.of, { ...sums, loss: sums.loss + (loss ?? Number.NaN) * labels, labels: sums.labels + labels });
      continue;
    }
    const score = oriented(task, metrics[0]!);
    if (Number.isNaN(score)) continue;
    total += weight * score;
    weights += weight;
  }
  for (const { loss, labels, weight } of families.values()) {
    total += weight * (1 - loss / labels);
    weights += weight;
  }
  return total / weights;
}

/** For each task its primary metric within 0 and 1, higher is better; null where it has no value. Errors count as 1 − error. */
export function unitScores({ tasks }: RunConfig, evaluation: Evaluation): (number | null)[] {
  return Object.entries(tasks).map(([task, { metrics }]) => {
    const value = evaluation[task]!.metrics[metrics[0]!] ?? Number.NaN;
    if (evaluation[task]!.labels === 0 || !Number.isFinite(value)) return null;
    const unit = Math.min(1, Math.max(0, value));
    return metricFor(metrics[0]! as never).direction === 'up' ? unit : 1 - unit;
  });
}

/** The loss of each example, a batch of its own: Σ wₖ·Lₖ / Σ wₖ over the tasks whose label it has; NaN without any. */
export async function exampleLosses(
  { tasks }: RunConfig,
  programs: Inference,
  { params, batches }: { params: unknown; batches: AsyncIterable<LabelledBatch> },
): Promise<Float64Array> {
  const losses: number[] = [];
  for await (const { inputs, targets } of batches) {
    const { sums, counts } = await programs.evaluate.run(params, { inputs, targets });
    let [total, weights] = [0, 0];
    for (const [at, task] of programs.tasks.entries()) {
      const count = (counts as HostTensor).data[at]!;
      const { weight } = tasks[task]!;
      if (count === 0 || weight === 0) continue;
      total += (weight * (sums as HostTensor).data[at]!) / count;
      weights += weight;
    }
    losses.push(total / weights);
  }
  return Float64Array.from(losses);
}

/**
 * What an answer that looks at no input scores on these labels: the most frequent training label (equally frequent: the first in order), the mean of
 * the training labels, the empty text, the labels that are more frequent than their threshold, no span, no box.
 */
export function majorityScores(
  config: RunConfig,
  specs: Specs,
  labelCounts: Readonly<Record<string, ReadonlyMap<string, number>>>,
  labels: (task: string) => readonly (string | null)[],
): MajorityScores {
  return Object.fromEntries(
    Object.keys(config.tasks).map((task) => {
      const actual = labels(task);
      const { label, prediction } = blindAnswer(config, specs, labelCounts, task);
      const predicted = actual.map(() => prediction);
      const metrics = Object.entries(metricsOf(config, task, specs.heads[task])).map(([name, metric]) => {
        const value: number = metric.compute(metric.observe({ predicted, actual }));
        return [name, Number.isFinite(value) ? value : null];
      });
      return [task, { label, metrics: Object.fromEntries(metrics) }];
    }),
  );
}

function blindAnswer(
  { tasks }: RunConfig,
  { heads }: Specs,
  labelCounts: Readonly<Record<string, ReadonlyMap<string, number>>>,
  task: string,
): { readonly label: string; readonly prediction: TaskPrediction } {
  if (hasClasses(tasks[task]!)) {
    const counts = [...labelCounts[task]!].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const label = counts[0]?.[0] ?? '';
    const probabilities = Object.fromEntries(counts.map(([name, count]) => [name, count / total]));
    return { label, prediction: { label, probability: probabilities[label] ?? 0, probabilities } };
  }
  switch (tasks[task]!.type) {
    case 'transcribe':
      return { label: '""', prediction: { text: '', logProbability: 0 } };
    case 'tag':
      return { label: 'O', prediction: { tags: [], spans: [] } };
    case 'detect':
      return { label: 'no box', prediction: { boxes: [] } };
    case 'multiLabel': {
      const { labels: names, frequencies, thresholds } = heads[task] as MultiLabelSpec;
      const labels = names.filter((_, at) => frequencies[at]! >= thresholds[at]!);
      const probabilities = Object.fromEntries(names.map((name, at) => [name, frequencies[at]!]));
      return { label: labels.length === 0 ? 'no label' : labels.join(', '), prediction: { labels, probabilities } };
    }
  }
  const { mean } = heads[task] as { mean: number };
  return { label: String(Number(mean.toPrecision(4))), prediction: { value: mean } };
}
