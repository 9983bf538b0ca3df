import type { Key } from '@polytask/base';
import { PolytaskError, quote } from '@polytask/base';
import {
  annealedTasks,
  type BatchSampler,
  balancedWeights,
  batchSampler,
  classBalancedSampler,
  equalTasks,
  roundRobinTasks,
  type SelectedTaskSampler,
  selectedTaskSampler,
  type TaskChoice,
  taskSampler,
  temperatureTasks,
  weightedSampler,
} from '@polytask/data';
import type { EncodedExamples } from './batches.ts';
import type { RunConfig, SamplingConfig } from './config/schema.ts';
import { selectorFor } from './selector.ts';

/** What a sampler of a run is made for. */
export type SamplerOptions = {
  readonly data: EncodedExamples;
  readonly batchSize: number;
  readonly buckets: readonly number[];
  readonly key: Key;
};

type ByTask = Exclude<SamplingConfig, { type: 'joint' | 'classBalanced' | 'weighted' | 'selected' }>;

/**
 * The sampler of a run over its training examples.
 *
 * @throws PolytaskError E2461 weights that are none.
 */
export function samplerFor(
  { sampling, tasks, train }: RunConfig,
  options: SamplerOptions,
): BatchSampler | SelectedTaskSampler {
  const { data, batchSize, buckets, key } = options;
  const shared = { batchSize, key, lengths: data.lengths, buckets };
  const count = data.examples.length;
  switch (sampling.type) {
    case 'joint':
      return batchSampler({ ...shared, count });
    case 'classBalanced': {
      const { tasks: own = classTasks(tasks), strength, limit, size, draw } = sampling;
      const labels = data.examples.map((example) => example.labels);
      return classBalancedSampler({ ...shared, labels, tasks: own, strength, limit, size, draw });
    }
    case 'weighted': {
      const { draw, epochSize } = sampling;
      const weights = data.examples.map(({ columns, id }) => readWeight(columns?.['sampling.column'] ?? null, id));
      return asData('sampling.column', () =>
        weightedSampler({ ...shared, weights, draw, ...(epochSize !== undefined && { epochSize }) }),
      );
    }
    default: {
      const { per, replacement, batch, batchesPerEpoch } = sampling;
      const indexes = Object.keys(tasks).map((task): [string, number[]] => [
        task,
        [...data.examples.entries()].flatMap(([at, { labels }]) => ((labels[task] ?? null) === null ? [] : [at])),
      ]);
      const sizes = Object.fromEntries(Object.keys(tasks).map((task) => [task, batch?.[task] ?? batchSize]));
      const own = { ...shared, count, tasks: Object.fromEntries(indexes) };
      if (sampling.type === 'selected') {
        const labels = indexes.map(([, list]) => list.length);
        return selectedTaskSampler({
          ...own,
          select: selectorFor(sampling.selector, Object.keys(tasks), labels),
          batchSize: sizes,
          replacement,
          ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
        });
      }
      return taskSampler({
        ...own,
        choose: choiceOf(sampling, train),
        batchSize: per === 'batch' ? sizes : batchSize,
        per,
        replacement,
        ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
      });
    }
  }
}

/** The tasks whose labels are classes. */
const classTasks = (tasks: RunConfig['tasks']): string[] =>
  Object.keys(tasks).filter((name) => tasks[name]!.type === 'classify' || tasks[name]!.type === 'custom');

/** Whether a batch that was drawn for one task has labels of that task alone. */
export const hasOwnLabels = ({ sampling }: RunConfig): boolean =>
  'per' in sampling && sampling.per === 'batch' && sampling.labels !== 'all';

/** Classes that sampling cannot balance, as far as a note is worth it (E2460). */
export const samplingNotes = ({ sampling, tasks }: RunConfig, { examples }: EncodedExamples) =>
  sampling.type === 'classBalanced'
    ? balancedWeights(
        examples.map(({ labels }) => labels),
        { tasks: sampling.tasks ?? classTasks(tasks), strength: sampling.strength, limit: sampling.limit },
      ).notes
    : [];

function choiceOf(sampling: ByTask, train: RunConfig['train']): TaskChoice {
  const cap = 'cap' in sampling && sampling.cap !== undefined ? { cap: sampling.cap } : {};
  switch (sampling.type) {
    case 'taskBalanced':
      return equalTasks();
    case 'roundRobin':
      return roundRobinTasks();
    case 'temperature':
      return temperatureTasks({ temperature: sampling.temperature, ...cap });
    case 'annealed':
      return annealedTasks({
        from: sampling.from,
        to: sampling.to,
        epochs: sampling.epochs ?? train.epochs ?? 1,
        ...cap,
      });
  }
}

function readWeight(value: string | null, id: string): number {
  if (value === null) return 0;
  const weight = Number(value);
  if (weight >= 0 && Number.isFinite(weight)) return weight;
  const message = `Expected a weight, a finite number ≥ 0, in the example ${quote(id)}. Found ${quote(value)}.`;
  throw new PolytaskError('data', { code: 'E2461', path: 'sampling.column', message });
}

function asData<Result>(path: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PolytaskError('data', { code: 'E2461', path, message: error.message }, { cause: error });
  }
}
