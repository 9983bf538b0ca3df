import { equal } from '@polytask/balance';
import { fold, type HostTensor, type Tree } from '@polytask/base';
import { type Device, type Resident, read } from '@polytask/engine';
import { type AnyModel, type Batch, type Transformation, trainingStep } from '@polytask/train';
import type { Prepared } from './prepare.ts';
import { modelOf } from './specs.ts';

export type SingleTaskModelsOptions = {
  readonly device: Device;
  readonly optimizer: Transformation;
  /** Steps of each model. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  /** Told after each step of any model. */
  readonly onStep?: (step: number) => void;
};

export type SingleTaskModel = { readonly model: AnyModel; readonly params: unknown };

/** A model for each task of a run, all from the same first weights of the encoder and on the same batches, of which each sees its own labels. */
export async function singleTaskModels(
  { run, root, parts, specs, batches }: Prepared,
  { device, optimizer, steps, signal, onStep = () => {} }: SingleTaskModelsOptions,
): Promise<Readonly<Record<string, SingleTaskModel>>> {
  const { train } = run.config;
  const start = batches.state();
  const models: Record<string, SingleTaskModel> = {};
  let taken = 0;
  for (const [task, head] of Object.entries(parts.heads)) {
    const alone = { ...parts, heads: { [task]: head }, sharing: { type: 'hard' }, relations: undefined } as const;
    const model = modelOf(alone, specs);
    await using step = trainingStep({ model, optimizer, balancer: equal(), device });
    let state = step.init(fold(root, 'parameters'));
    batches.restore(start);
    for (let at = 0; at < steps && !signal?.aborted; at++) {
      const batch = own(await batches.next(), task);
      const now = { learningRate: train.optimizer.learningRate, key: fold(fold(root, 'alone'), at) };
      if (batch.counts[task]! > 0) ({ state } = await step.run(state, [batch], now));
      onStep(++taken);
    }
    models[task] = { model, params: await read(state.params as Tree<HostTensor | Resident>) };
  }
  return models;
}

const own = (batch: Batch, task: string): Batch => ({
  ...batch,
  targets: { [task]: batch.targets[task]! },
  counts: { [task]: batch.counts[task]! },
});
