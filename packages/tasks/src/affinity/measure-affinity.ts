import { fold, type HostTensor, type Key, type Tree } from '@polytask/base';
import { type Device, read } from '@polytask/engine';
import {
  type AnyModel,
  type Batch,
  type GradientScope,
  inference,
  sgd,
  type TrainState,
  type Transformation,
  trainingStep,
} from '@polytask/train';
import { requireCount, requireNumber } from '../require.ts';
import { type Affinity, meanAffinity } from './affinity.ts';
import { lookAhead } from './look-ahead.ts';
import { measuring, oneTask } from './measuring.ts';

export type MeasureOptions<Task extends string = string> = {
  readonly model: AnyModel & { readonly tasks: readonly Task[] };
  /** Taken from as many times as there are steps; an endless source of training batches. */
  readonly batches: { next(): Batch<Task> | Promise<Batch<Task>> };
  readonly device: Device;
  /** Training steps, all tasks together with equal weights. */
  readonly steps: number;
  /** Measures in every n-th step, the first one among them. Default: 1. */
  readonly every?: number;
  /** Default: stochastic gradient descent. */
  readonly optimizer?: Transformation;
  readonly learningRate: number;
  /** Of the first parameters and of what is drawn in the steps. */
  readonly key: Key;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number) => void;
};

/**
 * Trains a model and measures how the gradients of its tasks stand to each other: the mean of cos(gᵢ, gⱼ) over the steps.
 *
 * @param gradients with respect to what: all shared `parameters` (default), or, nearly free, the `representation` or the `last-layer`.
 * @throws RangeError for counts or a learning rate out of range. @throws PolytaskError E4006 where nothing is shared.
 */
export async function gradientAffinity<Task extends string>({
  gradients = 'parameters',
  ...options
}: MeasureOptions<Task> & { readonly gradients?: GradientScope }): Promise<Affinity<Task>> {
  const { model, device, optimizer = sgd(), learningRate, key, every = 1 } = checked(options);
  await using step = trainingStep({ model, optimizer, balancer: measuring(), device, gradients });
  let state = step.init(fold(key, 'parameters'));
  const found: (readonly (readonly (number | null)[])[])[] = [];
  for (let at = 0; at < options.steps && !options.signal?.aborted; at++) {
    const done = await step.run(state, [await options.batches.next()], { learningRate, key: fold(key, at) });
    state = done.state;
    if (at % every === 0 && done.report.cosines) found.push(done.report.cosines);
    options.onStep?.(at + 1);
  }
  return meanAffinity(model.tasks, 'cosine', found);
}

/**
 * Trains a model and measures what a step of each task on the shared parameters does to the losses of all: the mean of
 * Zᵢⱼ = 1 − Lⱼ(θ after the step of i) / Lⱼ(θ) over the measured steps, on the same batch, without dropout.
 *
 * A measurement costs a step and an evaluation for each task. The step of task i is one of the given optimizer, in its present state; the
 * heads stay as they are.
 *
 * @param lookAheadRate the learning rate of these steps. Default: that of training.
 * @throws RangeError for counts or a learning rate out of range.
 *
 * Fifty et al., "Efficiently Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021, where every is 10.
 */
export async function lookAheadAffinity<Task extends string>({
  lookAheadRate,
  ...options
}: MeasureOptions<Task> & { readonly lookAheadRate?: number }): Promise<Affinity<Task>> {
  const { model, device, optimizer = sgd(), learningRate, key, every = 1 } = checked(options);
  if (lookAheadRate !== undefined) requireNumber('lookAheadRate', lookAheadRate, 0);
  await using step = trainingStep({ model, optimizer, balancer: oneTask(), device });
  await using programs = inference(model, device);
  const lossesOf = async (params: unknown, { inputs, targets }: Batch<Task>) => {
    const { sums, counts } = await programs.evaluate.run(params, { inputs, targets });
    return model.tasks.map((_, task) => (counts.data[task]! > 0 ? sums.data[task]! / counts.data[task]! : null));
  };
  let state = step.init(fold(key, 'parameters'));
  const found: (number | null)[][][] = [];
  for (let at = 0; at < options.steps && !options.signal?.aborted; at++) {
    const batch = await options.batches.next();
    const now = { learningRate, key: fold(key, at) };
    if (at % every === 0) {
      state = await onHost(state);
      const { heads } = state.params as { heads: unknown };
      const before = await lossesOf(state.params, batch);
      const after: ((number | null)[] | null)[] = [];
      for (const [task, loss] of before.entries()) {
        if (loss === null) {
          after.push(null);
          continue;
        }
        const alone = await step.run({ ...state, balancer: { task } }, [batch], {
          ...now,
          learningRate: lookAheadRate ?? learningRate,
        });
        const { params } = await onHost(alone.state);
        after.push(await lossesOf({ ...(params as object), heads }, batch));
      }
      found.push(lookAhead(before, after));
    }
    state = (await step.run({ ...state, balancer: { task: null } }, [batch], now)).state;
    options.onStep?.(at + 1);
  }
  return meanAffinity(model.tasks, 'look-ahead', found);
}

function checked<Task extends string>(options: MeasureOptions<Task>): MeasureOptions<Task> {
  requireCount('steps', options.steps);
  requireCount('every', options.every ?? 1);
  requireNumber('learningRate', options.learningRate, 0);
  return options;
}

/** The state as plain data, which a step does not use up. */
const onHost = async (state: TrainState): Promise<TrainState> => ({
  ...state,
  params: await read(state.params as Tree<HostTensor>),
  slots: (await read(state.slots as Tree<HostTensor>)) as TrainState['slots'],
});
