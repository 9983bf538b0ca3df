import { fold, type HostTensor, leaves, mapTree, sizeOf, type Tree } from '@polytask/base';
import { type Device, peek, type Resident, read } from '@polytask/engine';
import {
  type BatchSource,
  type EarlyStopping,
  type Evaluation,
  earlyStopping,
  evaluate,
  fit,
  type HostTree,
  inference,
  type LabelledBatch,
  type Progress,
  type TrainEvent,
  type TrainState,
  trainingStep,
} from '@polytask/train';
import type { RunConfig } from './config/schema.ts';
import type { PartName } from './data/split-data.ts';
import { initParams } from './init-params.ts';
import { exampleLosses, judgesOf, selectionScore, unitScores } from './judges.ts';
import type { Prepared } from './prepare.ts';
import { type AnyBalancer, sharerFor } from './registry/balance.ts';
import { optimizerFor, scheduleFor } from './registry.ts';
import { reconcilerFor } from './relations.ts';

/** Where training stands, as host tensors by name and JSON. */
export type Standing = {
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly optimizer: ReadonlyMap<string, HostTensor>;
  readonly balancer: unknown;
  readonly step: number;
  readonly progress: Progress;
};

/** The training of a prepared run on a device. */
export interface Session extends AsyncDisposable {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly parameters: { readonly shared: number; readonly total: number };
  /** Trains from the start, or from where `from` stood. */
  events(options: { readonly from?: Standing; readonly signal?: AbortSignal }): AsyncGenerator<TrainEvent, void, void>;
  /** Copies the parameters of a state to the host, by path. */
  weights(state: TrainState): Promise<Map<string, HostTensor>>;
  /** Not copied where that can be: good until training goes on. */
  standing(state: TrainState, progress: Progress): Promise<Standing>;
  /** Whether an evaluation comes after the step that led to this state. */
  evaluationFollows(state: TrainState, progress: Progress): boolean;
  /** The validation part is that of an epoch, where parts are drawn anew. */
  evaluate(weights: ReadonlyMap<string, HostTensor>, part: PartName, epoch?: number): Promise<Evaluation>;
  /** How many of how many examples the next epoch takes, where a curriculum says so. */
  nextPool(): { readonly examples: number; readonly of: number } | undefined;
}

/** Puts model, optimizer, balancer, schedule and batches of a run together. */
export function openSession(prepared: Prepared, device: Device): Session {
  const { run, root, model, batches } = prepared;
  const { config, objects } = run;
  const { train } = config;
  const { stepsPerEpoch, steps } = stepsOf(train, batches.batchesPerEpoch);
  // Only the shapes are needed here; the values would stay in memory beside those that are trained.
  const template = mapTree<HostTensor, HostTensor>(initParams(model, fold(root, 'parameters')), (tensor) => ({
    ...tensor,
    data: new Float32Array(),
  }));
  const sharer = sharerFor(config, objects.balancer);
  const balancer: { readonly judged?: AnyBalancer['judged'] } = 'judged' in sharer ? sharer : {};
  const step = trainingStep({
    model,
    optimizer: optimizerFor(train, { blocks: blocksOf(template), stepsPerEpoch }),
    balancer: sharer,
    ...('gradients' in config.balance && config.balance.gradients && { gradients: config.balance.gradients }),
    device,
  });
  const programs = inference(model, device);
  const judges = judgesOf(config, prepared.parts, prepared.specs);
  const reconcile = reconcilerFor(config);
  const hasValidation = prepared.split.validation.length > 0;
  const judge = (params: unknown, labelled: AsyncIterable<LabelledBatch>) =>
    evaluate(programs, { params, batches: labelled, judges, ...(reconcile && { reconcile }) });

  const { curriculum } = prepared;
  let chosen: { readonly examples: number; readonly of: number } | undefined;
  const source: BatchSource = !curriculum
    ? batches
    : {
        ...batches,
        async endEpoch({ params, epoch }) {
          chosen = undefined;
          if ((epoch + 1) * stepsPerEpoch >= steps) return; // none follows
          const scored = curriculum.scored(epoch + 1);
          const losses = scored && (await exampleLosses(config, programs, { params, batches: scored }));
          chosen = curriculum.choose(epoch + 1, losses);
        },
      };

  return {
    steps,
    stepsPerEpoch,
    parameters: countParameters(template),
    // No generator itself: it would hold the first state until training ends.
    events({ from, signal }) {
      const state = from ? restoreState(template, from) : step.init(fold(root, 'parameters'));
      if (from && stoppingOf(config).patience <= from.progress.stopping.stale)
        return only({ type: 'end', reason: 'stopped early', state, progress: from.progress });
      return fit({
        step,
        state,
        batches: source,
        steps,
        learningRate: train.optimizer.learningRate,
        schedule: scheduleFor(train.schedule, steps),
        accumulate: train.accumulate,
        key: fold(root, 'steps'),
        stopping: stoppingOf(config).stopping,
        ...(hasValidation && {
          evaluation: {
            every: train.evaluate,
            async run({ params, balancer: before }, epoch) {
              const result = await judge(params, prepared.evaluation('validation', epoch));
              const told = balancer.judged && { balancer: balancer.judged(unitScores(config, result), before) };
              return { result, score: selectionScore(config, result), ...told };
            },
          },
        }),
        ...(from && { progress: from.progress }),
        ...(signal && { signal }),
      });
    },
    weights: (state) => weightsOf(state, read),
    async standing(state, progress) {
      const slots = await peek(state.slots as Tree<HostTensor | Resident>);
      return {
        weights: await weightsOf(state, peek),
        optimizer: new Map(
          Object.entries(slots).flatMap(([slot, values]) =>
            Object.entries(values as Record<string, HostTensor>).map(([path, value]) => [`${slot}/${path}`, value]),
          ),
        ),
        balancer: state.balancer,
        step: state.step,
        progress,
      };
    },
    evaluationFollows(state, progress) {
      if (!hasValidation) return false;
      if (state.step === steps) return true;
      return train.evaluate === 'epoch' ? endsEpoch(progress) : state.step % train.evaluate === 0;
    },
    evaluate: (weights, part, epoch) => judge(placeWeights(template, weights), prepared.evaluation(part, epoch)),
    nextPool: () => chosen,
    async [Symbol.asyncDispose]() {
      await step[Symbol.asyncDispose]();
      await programs[Symbol.asyncDispose]();
    },
  };
}

async function* only(event: TrainEvent): AsyncGenerator<TrainEvent, void, void> {
  yield event;
}

/** Steps of a whole training; a step never spans two epochs. */
export function stepsOf(
  { accumulate, epochs, steps }: RunConfig['train'],
  batchesPerEpoch: number,
): { stepsPerEpoch: number; steps: number } {
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / accumulate);
  return { stepsPerEpoch, steps: steps ?? epochs! * stepsPerEpoch };
}

/** Whether the batches taken so far end an epoch. */
export const endsEpoch = ({ sampler }: Progress): boolean => (sampler as { position: number }).position === 0;

/** The tree of parameters with these values. @throws RangeError when a parameter is missing or has another shape. */
export function placeWeights(template: HostTree, weights: ReadonlyMap<string, HostTensor>): HostTree {
  return mapTree<HostTensor, HostTensor>(template, ({ shape }, path) => {
    const found = weights.get(path);
    if (!found || String(found.shape) !== String(shape)) {
      throw new RangeError(
        `weights: expected ${path} of shape [${shape.join(', ')}]. Found ${found ? `[${found.shape.join(', ')}]` : 'none'}.`,
      );
    }
    return found;
  });
}

function restoreState(template: HostTree, { weights, optimizer, balancer, step }: Standing): TrainState {
  const slots: Record<string, Record<string, HostTensor>> = {};
  for (const [name, value] of optimizer) {
    const at = name.indexOf('/');
    slots[name.slice(0, at)] ??= {};
    slots[name.slice(0, at)]![name.slice(at + 1)] = value;
  }
  return { params: placeWeights(template, weights), slots, balancer, step };
}

async function weightsOf({ params }: TrainState, from: typeof read): Promise<Map<string, HostTensor>> {
  return new Map(leaves<HostTensor>(await from(params as Tree<HostTensor | Resident>)));
}

/** How many blocks the encoder has. */
export const blocksOf = (template: HostTree): number =>
  ((template as { readonly encoder: { readonly blocks?: readonly unknown[] } }).encoder.blocks ?? []).length;

function stoppingOf({ select }: RunConfig): { patience: number; stopping: EarlyStopping } {
  const { patience = Number.POSITIVE_INFINITY, minimalGain } = select;
  return { patience, stopping: earlyStopping({ patience, minimalGain }) };
}

/** How many numbers training changes, and how many of them all tasks share. */
export function countParameters(template: HostTree): { shared: number; total: number } {
  const count = (tree: HostTree) => leaves<HostTensor>(tree).reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  return { shared: count((template as Record<string, HostTree>).encoder!), total: count(template) };
}
