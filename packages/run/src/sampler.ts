import type { Key } from '@polytask/base';
import { PolytaskError, quote } from '@polytask/base';
import {
  annealedTasks,
  balancedWeights,
  batchSampler,
  classBalancedSampler,
  equalTasks,
  poolSampler,
  roundRobinTasks,
  selectedTaskSampler,
  type TaskChoice,
  taskSampler,
  temperatureTasks,
  weightedSampler,
} from '@polytask/data';
import type { EncodedExamples, Sampler } from './batches.ts';
import type { RunConfig, SamplingConfig } from './config/schema.ts';
import { unpackPlaces } from './curriculum.ts';
import { selectorFor } from './selector.ts';

/** What a sampler of a run is made for. */
export type SamplerOptions = {
  readonly data: EncodedExamples;
  readonly batchSize: number;
  readonly buckets: readonly number[];
  readonly key: Key;
  /** Where training rows are drawn anew: the places in `data` of those of an epoch. */
  readonly trainIn?: ((epoch: number) => Uint32Array) | undefined;
};

type ByTask = Exclude<SamplingConfig, { type: 'joint' | 'curriculum' | 'classBalanced' | 'weighted' | 'selected' }>;

/**
 * The sampler of a run over its training examples.
 *
 * @throws PolytaskError E2461 weights that are none.
 */
export function samplerFor({ sampling, tasks, train }: RunConfig, options: SamplerOptions): Sampler {
  const { data, batchSize, buckets, key, trainIn } = options;
  const shared = { batchSize, key, lengths: data.lengths, buckets };
  const count = data.examples.length;
  switch (sampling.type) {
    case 'joint':
      if (!trainIn) return batchSampler({ ...shared, count });
      return poolSampler<string | null>({ ...shared, ...pooled('redraw', data, trainIn), pool: trainIn });
    case 'curriculum': {
      const all = trainIn ?? (() => Uint32Array.from(data.examples.keys()));
      return poolSampler<string | null>({
        ...shared,
        ...pooled('curriculum', data, all),
        pool: (epoch, chosen) => (chosen === null ? all(epoch) : unpackPlaces(chosen)),
      });
    }
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
      const all = Object.keys(tasks).map((task): [string, number[]] => [
        task,
        [...data.examples.entries()].flatMap(([at, { labels }]) => ((labels[task] ?? null) === null ? [] : [at])),
      ]);
      // a task of a family may have no labels in training: its head follows the others
      const indexes = all.filter(([, list]) => list.length > 0);
      const drawn = indexes.map(([task]) => task);
      const sizes = Object.fromEntries(drawn.map((task) => [task, batch?.[task] ?? batchSize]));
      const own = { ...shared, count, tasks: Object.fromEntries(indexes) };
      if (sampling.type === 'selected') {
        const labels = indexes.map(([, list]) => list.length);
        return selectedTaskSampler({
          ...own,
          select: selectorFor(sampling.selector, drawn, labels),
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

/** As many examples in every epoch as in the first. */
const pooled = (name: string, { examples }: EncodedExamples, trainIn: (epoch: number) => Uint32Array) => ({
  name,
  count: examples.length,
  epochSize: trainIn(0).length,
  first: null,
});

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
