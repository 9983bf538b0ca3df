import { fold, type Key, quote } from '@polytask/base';
import { digest } from './digest.ts';
import { drawExamples } from './draw-examples.ts';
import { type BatchSampler, epochSampler, type PlannedBatch } from './epoch-sampler.ts';
import { bucketNumbers, checkLengths, type LengthOptions } from './length-plan.ts';
import { packBatches } from './pack-batches.ts';
import type { TaskChoice } from './task-choice.ts';
import { taskStream } from './task-stream.ts';

export type TaskSamplerOptions = LengthOptions & {
  /** The number of examples of all tasks. */
  readonly count: number;
  /** The indexes of the examples of each task; an example may be in several. */
  readonly tasks: Readonly<Record<string, ArrayLike<number>>>;
  /** How often each task is drawn: `equalTasks()`, `temperatureTasks(…)`, `annealedTasks(…)`, `roundRobinTasks()`, or your own. */
  readonly choose: TaskChoice;
  /** One for all tasks, or one per task, which needs `per: 'batch'`. */
  readonly batchSize: number | Readonly<Record<string, number>>;
  readonly key: Key;
  /** Whether a task is chosen for every batch, which then has its `task`, or for every example. Default: batch. */
  readonly per?: 'batch' | 'example';
  /** Without it each task goes through all its examples before it repeats one, also across epochs. Default: false. */
  readonly replacement?: boolean;
  /** Default: as many as one pass over every task takes; per example, as one pass over the examples that are in any task takes. */
  readonly batchesPerEpoch?: number;
};

/**
 * Batches drawn task by task: first a task, as `choose` says, then its next examples.
 *
 * @throws RangeError when an option is out of range, a task has no examples, or an index is none of an example.
 */
export function taskSampler(options: TaskSamplerOptions): BatchSampler {
  const { count, choose, key, per = 'batch', replacement = false } = options;
  const names = Object.keys(options.tasks);
  const lists = Object.values(options.tasks);
  checkTaskOptions(options);
  checkLengths(options, count);
  const sizes = lists.map((list) => list.length);
  const batchSizes = names.map((name) =>
    typeof options.batchSize === 'number' ? options.batchSize : options.batchSize[name]!,
  );
  const largest = Math.max(...batchSizes);
  const batchesPerEpoch =
    options.batchesPerEpoch ??
    (per === 'batch'
      ? sizes.reduce((sum, size, task) => sum + Math.ceil(size / batchSizes[task]!), 0)
      : Math.ceil(new Set(lists.flatMap((list) => Array.from(list))).size / largest));
  const packing = options.buckets && { numbers: bucketNumbers(options, count), buckets: options.buckets };
  const streams = lists.map((list, task) => taskStream(fold(fold(key, 'task'), names[task]!), list, replacement));
  const settings = `${per} ${replacement ? 'replacement ' : ''}${batchSizes.join('/')} ${digest(lists.flatMap((list) => [list.length, ...Array.from(list)]))}`;

  return epochSampler<{ taken: number[]; turn: number }>({
    key,
    count,
    batchSize: largest,
    batchesPerEpoch,
    sampler: `tasks ${choose.name} ${settings}`,
    first: { taken: names.map(() => 0), turn: 0 },
    plan(epoch, { taken, turn }) {
      const own = fold(key, epoch);
      const draws = per === 'batch' ? batchesPerEpoch : batchesPerEpoch * largest;
      const chosen = choose.inTurn
        ? Uint32Array.from({ length: draws }, (_, at) => (turn + at) % names.length)
        : drawExamples(fold(own, 'tasks'), choose.shares(sizes, epoch), draws, 'withReplacement');
      const times = new Array<number>(names.length).fill(0);
      for (const task of chosen) times[task]!++;
      const wanted = times.map((time, task) => (per === 'batch' ? time * batchSizes[task]! : time));
      const drawn = streams.map((stream, task) => stream.take(taken[task]!, wanted[task]!));
      const batches: PlannedBatch[] = [];
      if (per === 'batch') {
        const queues = drawn.map((order, task) =>
          packBatches(order, batchSizes[task]!, packing, fold(fold(own, 'batches'), task)),
        );
        const next = names.map(() => 0);
        for (const task of chosen)
          batches.push({ ...queues[task]![next[task]!++]!, size: batchSizes[task]!, task: names[task]! });
      } else {
        const next = names.map(() => 0);
        const order = chosen.map((task) => drawn[task]![next[task]!++]!);
        batches.push(...packBatches(order, largest, packing, fold(own, 'batches')));
      }
      return {
        batches,
        carry: { taken: taken.map((before, task) => before + wanted[task]!), turn: (turn + draws) % names.length },
      };
    },
  });
}

/** @throws RangeError when a number is out of range, a task has no examples, or an index is none of an example. */
export function checkTaskOptions({
  count,
  tasks,
  batchSize,
  per = 'batch',
  batchesPerEpoch = 1,
}: Pick<TaskSamplerOptions, 'count' | 'tasks' | 'batchSize' | 'per' | 'batchesPerEpoch'>): void {
  const names = Object.keys(tasks);
  if (names.length === 0) throw new RangeError('tasks: expected at least one. Found none.');
  const numbers: [string, number | undefined][] = [
    ['count', count],
    ['batchesPerEpoch', batchesPerEpoch],
    ...(typeof batchSize === 'number'
      ? [['batchSize', batchSize] as [string, number]]
      : names.map((name): [string, number | undefined] => [`batchSize.${name}`, batchSize[name]])),
  ];
  for (const [name, value] of numbers) {
    if (!(Number.isInteger(value) && value! > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  }
  if (typeof batchSize !== 'number' && per === 'example')
    throw new RangeError(
      "batchSize: expected a number, since batches of per: 'example' mix tasks. Found one per task.",
    );
  for (const [name, list] of Object.entries(tasks)) {
    if (list.length === 0) throw new RangeError(`tasks: expected examples of ${quote(name)}. Found none.`);
    for (let at = 0; at < list.length; at++) {
      if (!(Number.isInteger(list[at]!) && list[at]! >= 0 && list[at]! < count))
        throw new RangeError(`tasks: expected indexes from 0 to ${count - 1}. Found ${list[at]} of ${quote(name)}.`);
    }
  }
}
