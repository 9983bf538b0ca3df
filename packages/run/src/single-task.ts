import { key, PolytaskError } from '@polytask/base';
import { labelOf } from './batches.ts';
import type { Run } from './config/run.ts';
import type { RunConfig } from './config/schema.ts';
import { cleanData, cleaningKey } from './data/clean-data.ts';
import { type RunData, readData } from './data/read-data.ts';
import { type PartName, type Parts as SplitParts, splitData, splitKey } from './data/split-data.ts';
import { openFolder } from './folder/open.ts';
import { finishedSummary } from './folder/summary.ts';
import { fingerprintOf } from './prepare.ts';
import type { Scores } from './results.ts';
import { type Cost, trainOnce } from './train-once.ts';

export type SingleTaskComparison = {
  readonly judgedOn: 'test' | 'validation';
  readonly joint: Cost & { readonly tasks: Scores };
  /** One model per task that training has labels of, each with the run's own settings, split and epochs, trained on the examples that have its label. */
  readonly single: Readonly<Record<string, Cost & { readonly scores: Scores[string] }>>;
  /** The sums over the separate models; the largest for memory. */
  readonly total: Cost;
};

export type CompareSingleTaskOptions = {
  readonly run?: Run;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: { readonly task: string; readonly step: number; readonly steps: number }) => void;
};

/**
 * Trains one model per task with the budget of a finished run, and compares them with the joint model on the test part.
 *
 * @throws PolytaskError usage E6001 not a run folder · E6009 the run is not finished · and what training throws.
 */
export async function compareSingleTask(
  folder: string,
  { run: given, signal, onEvent = () => {} }: CompareSingleTaskOptions = {},
): Promise<SingleTaskComparison> {
  const { run, data: recorded } = await openFolder(folder, given);
  const summary = await finishedSummary(folder);
  if (!summary)
    throw new PolytaskError('usage', {
      code: 'E6009',
      file: folder,
      message: 'The run is not finished.',
      fix: 'Resume it first.',
    });
  const data = await readData(run.config);
  const { parts } = await splitData(run.config, data, splitKey(key(run.config.seed)));
  if ((await fingerprintOf(data, parts)) !== recorded.fingerprint) {
    throw new PolytaskError('usage', {
      code: 'E6005',
      file: folder,
      message: 'The data of the run changed since it was trained.',
      fix: 'Bring the old data back.',
    });
  }
  const cleaned = await cleanData(run.config, data, parts, cleaningKey(key(run.config.seed)));
  const judgedOn = summary.test ? 'test' : 'validation';
  const single: Record<string, Cost & { scores: Scores[string] }> = {};
  const training = Array.from(cleaned.split.train, (index) => cleaned.data.examples[index]!);
  for (const task of Object.keys(run.config.tasks)) {
    // one of a family without labels in training learns nothing alone
    if (training.every((example) => labelOf(example, task) === null)) continue;
    single[task] = await trainAlone(run, task, cleaned, judgedOn, signal, (step, steps) =>
      onEvent({ task, step, steps }),
    );
  }
  const costs = Object.values(single);
  const sum = (value: (cost: Cost) => number) => costs.reduce((total, cost) => total + value(cost), 0);
  const { seconds, steps, parameters, peakMemory } = summary;
  return {
    judgedOn,
    joint: { seconds, steps, parameters, peakMemory, tasks: summary.test ?? summary.validation ?? {} },
    single,
    total: {
      seconds: sum((cost) => cost.seconds),
      steps: sum((cost) => cost.steps),
      parameters: sum((cost) => cost.parameters),
      peakMemory: Math.max(...costs.map((cost) => cost.peakMemory)),
    },
  };
}

/** Trains the run with one task only, in memory. */
async function trainAlone(
  run: Run,
  task: string,
  given: { readonly data: RunData; readonly split: SplitParts },
  judgedOn: PartName,
  signal: AbortSignal | undefined,
  onStep: (step: number, steps: number) => void,
): Promise<Cost & { scores: Scores[string] }> {
  const { scores, ...cost } = await trainOnce(runAlone(run, task), given, judgedOn, { signal, onStep });
  return { ...cost, scores: scores[task]! };
}

/** The run with one of its tasks. */
export function runAlone({ config, objects }: Run, task: string): Run {
  const { relations: _, ...others } = config;
  return {
    objects: {
      encoders: objects.encoders,
      heads: objects.heads,
      ...(objects.augmentations && { augmentations: objects.augmentations }),
    },
    config: {
      ...others,
      tasks: { [task]: { ...config.tasks[task]!, weight: 1 } },
      balance: { type: 'equal' },
      select: selectAlone(config, task),
      sampling: samplingAlone(config, task),
    },
  };
}

/** The run's sampling as far as it is of this task; where it balances others alone, plain. */
function samplingAlone({ sampling }: RunConfig, task: string): RunConfig['sampling'] {
  if (sampling.type === 'classBalanced' && sampling.tasks) {
    const { lengthBuckets } = sampling;
    if (!sampling.tasks.includes(task)) return { type: 'joint', ...(lengthBuckets !== undefined && { lengthBuckets }) };
    return { ...sampling, tasks: [task] };
  }
  if (sampling.type === 'selected') {
    const { lengthBuckets } = sampling;
    return { type: 'joint', ...(lengthBuckets !== undefined && { lengthBuckets }) };
  }
  if ('batch' in sampling && sampling.batch) {
    const { batch, ...rest } = sampling;
    return batch[task] === undefined ? rest : { ...rest, batch: { [task]: batch[task] } };
  }
  return sampling;
}

/** The metric of the task that the joint run is chosen by, if it is one of this task's, else its first. */
function selectAlone({ select }: RunConfig, task: string): RunConfig['select'] {
  if (select.mode === 'primary' && select.task === task) return select;
  const { patience, minimalGain } = select;
  return { mode: 'weighted', minimalGain, ...(patience !== undefined && { patience }) };
}
