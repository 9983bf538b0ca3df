import { fold, PolytaskError } from '@polytask/base';
import {
  type Affinity,
  type Grouping,
  gradientAffinity,
  groupTasks,
  lookAheadAffinity,
  representationAffinity,
} from '@polytask/tasks';
import type { GradientScope, LabelledBatch } from '@polytask/train';
import type { Run } from './config/run.ts';
import { deviceOf } from './device.ts';
import { initParams } from './init-params.ts';
import { type Prepared, prepare } from './prepare.ts';
import { optimizerFor } from './registry.ts';
import { hasOwnLabels } from './sampler.ts';
import { blocksOf, stepsOf } from './session.ts';
import { masksMaps } from './sharing.ts';
import { type SingleTaskModelsOptions, singleTaskModels } from './single-task-models.ts';

export type AffinityRunOptions = {
  /**
   * `cosine` of the tasks' gradients; what a `lookAhead` step of each task does to the losses of all; or how alike the representations are that
   * models of single tasks learn. Default: cosine.
   */
  readonly by?: 'cosine' | 'lookAhead' | 'representation';
  /** Training steps, of all tasks together with equal weights; by representation, of each task alone. Default: 100. */
  readonly steps?: number;
  /** Measures in every n-th step, the first one among them. Default: 1 by cosine; 10, as in the paper, by look-ahead. */
  readonly every?: number;
  /** Groups at most in the advice. Default: 2. */
  readonly groups?: number;
  /** Of cosines: with respect to what gradients are taken. Default: parameters. */
  readonly gradients?: GradientScope;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number, steps: number) => void;
};

export type RunAffinity = Affinity & {
  readonly steps: number;
  /** Steps in which it was measured. */
  readonly measurements: number;
  readonly device: string;
  /** Which tasks to train together. */
  readonly grouping: Grouping;
  /** The same for the `sharing` of a run file. */
  readonly sharing: { readonly type: 'grouped'; readonly groups: readonly (readonly string[])[] };
  /** What the numbers do and do not say. */
  readonly findings: readonly string[];
};

/**
 * Trains a few steps of a run, in memory, and measures how much its tasks help each other.
 *
 * Optimizer, learning rate and batch size are the run's; the schedule and the balancer are not used. Where its sampling draws batches of one
 * task, batches are drawn from all examples instead, since tasks that never meet cannot be compared.
 *
 * @throws PolytaskError usage E1240 a single task · E1241 representations that are sequences, or maps of several levels; usage, data, or diverged as training does; interrupted E5001 when the signal says so.
 * @throws RangeError for steps, every or groups that are no positive integers.
 */
export async function affinityRun(
  run: Run,
  {
    by = 'cosine',
    steps = 100,
    every = by === 'cosine' ? 1 : 10,
    groups = 2,
    gradients = 'parameters',
    signal,
    onStep = () => {},
  }: AffinityRunOptions = {},
): Promise<RunAffinity> {
  for (const [name, value] of Object.entries({ steps, every, groups }))
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  const { config } = run;
  const tasks = Object.keys(config.tasks);
  if (tasks.length < 2)
    throw new PolytaskError('usage', {
      code: 'E1240',
      path: 'tasks',
      message: `Expected at least two tasks to compare. Found ${tasks.join(', ')} alone.`,
    });
  const [input] = Object.values(config.inputs);
  const isSequence = input!.type === 'speech' || Object.values(config.tasks).some(({ type }) => type === 'tag');
  const isLevels = masksMaps(config.sharing, input!.encoder.type);
  if (by === 'representation' && (isSequence || isLevels))
    throw new PolytaskError('usage', {
      code: 'E1241',
      path: isLevels ? 'sharing' : 'inputs',
      message: `Representations of this run are ${isLevels ? 'maps of several levels' : 'sequences'}, of which there is no similarity here.`,
      fix: 'Compare gradients, or losses after a look ahead.',
    });
  const drawnByTask = hasOwnLabels(config);
  const { lengthBuckets } = config.sampling;
  const joint = { type: 'joint' as const, ...(lengthBuckets !== undefined && { lengthBuckets }) };
  const prepared = await prepare(drawnByTask ? { ...run, config: { ...config, sampling: joint } } : run);
  const { device } = await deviceOf(config);
  const options = {
    model: prepared.model,
    batches: prepared.batches,
    device,
    steps,
    every,
    optimizer: optimizerFor(config.train, {
      blocks: blocksOf(initParams(prepared.model, fold(prepared.root, 'parameters'))),
      stepsPerEpoch: stepsOf(config.train, prepared.batches.batchesPerEpoch).stepsPerEpoch,
    }),
    learningRate: config.train.optimizer.learningRate,
    key: fold(prepared.root, 'affinity'),
    ...(signal && { signal }),
    onStep: (step: number) => onStep(step, steps),
  };
  const affinity = await (by === 'representation'
    ? alike(prepared, {
        device,
        optimizer: options.optimizer,
        steps,
        signal,
        onStep: (step) => onStep(step, steps * tasks.length),
      })
    : by === 'cosine'
      ? gradientAffinity({ ...options, gradients })
      : lookAheadAffinity(options));
  if (signal?.aborted)
    throw new PolytaskError('interrupted', { code: 'E5001', message: 'The measurement was interrupted.' });
  const grouping = groupTasks(affinity, { groups });
  return {
    ...affinity,
    steps,
    measurements: by === 'representation' ? 1 : Math.ceil(steps / every),
    device: device.description,
    grouping,
    sharing: { type: 'grouped', groups: grouping.groups },
    findings: findingsOf(affinity, grouping, { groups, drawnByTask }),
  };
}

/** Linear CKA of what models of single tasks make of the validation part, or of the training part where there is none. */
async function alike(prepared: Prepared, options: SingleTaskModelsOptions): Promise<Affinity> {
  const models = await singleTaskModels(prepared, options);
  const batches: LabelledBatch[] = [];
  const part = prepared.split.validation.length > 0 ? 'validation' : 'train';
  for await (const batch of prepared.evaluation(part)) batches.push(batch);
  return representationAffinity({
    models,
    batches,
    device: options.device,
    unbiased: true,
    key: fold(prepared.root, 'affinity'),
  });
}

function findingsOf(
  { tasks, matrix, errors }: Affinity,
  { groups, scores }: Grouping,
  given: { readonly groups: number; readonly drawnByTask: boolean },
): string[] {
  const pairs = tasks.flatMap((left, i) => tasks.slice(i + 1).map((right, at) => ({ left, right, i, j: i + 1 + at })));
  const apart = pairs.filter(({ i, j }) => matrix[i]![j] === null);
  // help within two standard errors of none, both ways
  const isNothing = (i: number, j: number) => errors[i]![j] !== null && Math.abs(matrix[i]![j]!) <= 2 * errors[i]![j]!;
  const doubtful = pairs.filter(({ i, j }) => matrix[i]![j] !== null && isNothing(i, j) && isNothing(j, i));
  const harmed = Object.entries(scores).filter(([, score]) => score < 0);
  return [
    ...(groups.length === 1 && given.groups > 1 ? ['No grouping is better than training all tasks together.'] : []),
    ...harmed.map(([task]) => `${task}: is harmed by the others of its group, on average.`),
    ...doubtful.map(
      ({ left, right }) =>
        `${left} and ${right}: what they do to each other cannot be told from nothing in so many steps.`,
    ),
    ...apart.map(
      ({ left, right }) =>
        `${left} and ${right}: never had labels in the same batch; counted as neither help nor harm.`,
    ),
    ...(given.drawnByTask ? ['Batches were drawn from all examples, not task by task as in training.'] : []),
  ];
}
