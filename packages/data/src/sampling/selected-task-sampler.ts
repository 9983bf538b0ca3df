import { fold, type Key, quote } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';
import { digest } from './digest.ts';
import { type Batch, type BatchSampler, requireSameSampler } from './epoch-sampler.ts';
import { bucketNumbers, checkLengths } from './length-plan.ts';
import { checkTaskOptions, type TaskSamplerOptions } from './task-sampler.ts';
import { taskStream } from './task-stream.ts';

/** What chooses the task of each batch: a selector of `@polytask/tasks`, or your own. `State` is JSON. */
export interface TaskPolicy<State> {
  /** The same for the same options: a saved position of another policy is refused. */
  readonly name: string;
  init(taskCount: number): State;
  /** A number from 0 to below `taskCount`. The same state and key give the same one. */
  choose(state: State, key: Key): number;
  observe(state: State, reward: { readonly task: number; readonly reward: number }): State;
}

export type SelectedTaskSamplerOptions<State> = Omit<TaskSamplerOptions, 'choose' | 'per'> & {
  readonly select: TaskPolicy<State>;
};

export interface SelectedTaskSampler extends BatchSampler {
  /**
   * What training on the batches since the last call brought, by task; null for tasks that were not trained on. Only tasks that were chosen
   * count.
   */
  observe(rewards: Readonly<Record<string, number | null>>): void;
}

/** Examples taken of each task, the state of the policy, and the tasks that no reward came for yet. */
type Now = { readonly taken: readonly number[]; readonly policy: JsonValue; readonly open: readonly number[] };

/**
 * Batches of one task each, the task chosen batch by batch by what training brought so far. The position holds all of that, so it can be
 * saved and restored in the middle of an epoch.
 *
 * A batch is padded to the bucket of its longest example.
 *
 * @throws RangeError when an option is out of range, a task has no examples, or the policy chooses a task that there is not.
 */
export function selectedTaskSampler<State>(options: SelectedTaskSamplerOptions<State>): SelectedTaskSampler {
  const { count, select, key, tasks, replacement = false } = options;
  checkTaskOptions(options);
  checkLengths(options, count);
  const names = Object.keys(tasks);
  const lists = Object.values(tasks);
  const sizes = names.map((name) =>
    typeof options.batchSize === 'number' ? options.batchSize : options.batchSize[name]!,
  );
  const batchSize = Math.max(...sizes);
  const batchesPerEpoch =
    options.batchesPerEpoch ?? lists.reduce((sum, list, task) => sum + Math.ceil(list.length / sizes[task]!), 0);
  const numbers = options.buckets && bucketNumbers(options, count);
  const streams = lists.map((list, task) => taskStream(fold(fold(key, 'task'), names[task]!), list, replacement));
  const settings = `${replacement ? 'replacement ' : ''}${sizes.join('/')} ${digest(lists.flatMap((list) => [list.length, ...Array.from(list)]))}`;
  const own = { key, count, batchSize, batchesPerEpoch, sampler: `selected ${select.name} ${settings}` };

  let [epoch, position] = [0, 0];
  let now: Now = { taken: names.map(() => 0), policy: select.init(names.length) as JsonValue, open: [] };
  return {
    batchesPerEpoch,
    next() {
      const step = epoch * batchesPerEpoch + position;
      const task = select.choose(now.policy as State, fold(fold(key, 'choice'), step));
      const size = sizes[task];
      if (size === undefined)
        throw new RangeError(`${select.name}: expected a task from 0 to ${names.length - 1}. Found ${quote(task)}.`);
      const indexes = streams[task]!.take(now.taken[task]!, size);
      now = {
        ...now,
        taken: now.taken.map((before, at) => (at === task ? before + size : before)),
        open: [...now.open, task],
      };
      const bucket = numbers && options.buckets![Math.max(...Array.from(indexes, (index) => numbers[index]!))]!;
      const last = position === batchesPerEpoch - 1;
      const batch: Batch = { indexes, size, task: names[task]!, epoch, step, last, ...(bucket && { bucket }) };
      [epoch, position] = last ? [epoch + 1, 0] : [epoch, position + 1];
      return batch;
    },
    observe(rewards) {
      let policy = now.policy as State;
      for (const task of now.open) {
        const reward = rewards[names[task]!] ?? null;
        if (reward !== null) policy = select.observe(policy, { task, reward });
      }
      now = { ...now, policy: policy as JsonValue, open: [] };
    },
    state: () => ({ ...own, key: key.key, epoch, position, carry: now }),
    restore(state) {
      requireSameSampler(state, own);
      [epoch, position] = [state.epoch, state.position];
      now = state.carry as Now;
    },
  };
}
