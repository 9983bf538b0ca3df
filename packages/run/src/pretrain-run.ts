import { join } from 'node:path';
import { equal, fixed } from '@polytask/balance';
import { fold, type HostTensor, type Key, key, leaves, PolytaskError, permutation, sizeOf } from '@polytask/base';
import type { Host } from '@polytask/core';
import { type BertSpec, bert, type MlmParams, mlmHead, readBertFolder, saveBertFolder } from '@polytask/encoders';
import { type Resident, read } from '@polytask/engine';
import { adamw, chain, clipByGlobalNorm, fit, linear, type TrainState, trainingStep, warmup } from '@polytask/train';
import { rawOf } from './batches.ts';
import { type PretrainConfig, pretrainSchema } from './config/pretrain-schema.ts';
import { requireBert } from './config/require-bert.ts';
import type { Run } from './config/run.ts';
import { cleanData, cleaningKey } from './data/clean-data.ts';
import { readData } from './data/read-data.ts';
import { splitData, splitKey } from './data/split-data.ts';
import { deviceOf, type WorkerOption } from './device.ts';
import { writeJson } from './folder/files.ts';
import { requireNew } from './folder/require-new.ts';
import { type Guesses, guessing, judgeGuesses } from './pretrain/guess.ts';
import { heldOutBatches, maskedBatches, type Text } from './pretrain/masked-batches.ts';
import { writeSeenTexts } from './pretrain/seen-texts.ts';
import { makeParts } from './specs.ts';

export type PretrainEvent =
  | {
      readonly type: 'start';
      readonly texts: { readonly training: number; readonly heldOut: number };
      readonly vocabulary: number;
      readonly parameters: number;
      readonly steps: number;
      readonly stepsPerEpoch: number;
      readonly device: string;
    }
  /** `loss` per hidden token, `halves` per half, in nats; null where a batch has none. */
  | {
      readonly type: 'step';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly halves?: number | null;
      readonly texts: number;
    }
  | ({ readonly type: 'evaluation'; readonly step: number } & Guesses);

export type Pretraining = {
  readonly folder: string;
  readonly reason: 'finished' | 'interrupted';
  readonly steps: number;
  readonly seconds: number;
  readonly texts: { readonly training: number; readonly heldOut: number };
  readonly vocabulary: number;
  readonly parameters: number;
  readonly device: string;
  /** Of the held-out texts, before the first step and after the last. */
  readonly before: Guesses;
  readonly after: Guesses;
};

export type PretrainRunOptions = WorkerOption & {
  /** The folder to write: Hugging Face's form, which `encoder: { type: bert, folder }` reads. */
  readonly out: string;
  /** Instead of those of the run file. */
  readonly steps?: number;
  /** When it aborts, what was learned so far is written. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PretrainEvent) => void;
};

/**
 * Teaches the BERT encoder of a run the language of the run's own training texts, labelled or not, and writes it as a folder: it learns to guess
 * hidden tokens, and, unless `pretrain.halves` is false, which halves of texts belong together. Tokens alone say little about what a text is about
 * until very many were read.
 *
 * The vocabulary is learned from the same texts, unless the run names a folder to go on from. Texts of the validation and test parts have no
 * part in any of it; a share of the training texts is held out and only judges. What is hidden is drawn anew in every epoch, by the run's
 * seed, the epoch and the id of the row.
 *
 * @throws PolytaskError usage E1220 a run without a BERT encoder · E1221 a folder that has files already · data E2306 too few training
 * texts · diverged E4001; and what reading data does.
 *
 * Devlin, Chang, Lee & Toutanova, "BERT", NAACL 2019; on a task's own texts: Gururangan et al., "Don't Stop Pretraining", ACL 2020; halves: Giorgi et al.,
 * "DeCLUTR", ACL 2021.
 */
export async function pretrainRun(
  run: Run,
  { out, signal, onEvent = () => {}, ...options }: PretrainRunOptions,
): Promise<Pretraining> {
  const { config } = run;
  const settings = pretrainSchema.parse(config.pretrain ?? {});
  const root = fold(key(config.seed), 'pretrain');
  requireBert(config);
  await requireNew(out);
  const { spec, params, texts, heldOut } = await start(run, settings, root);
  const { device } = await deviceOf(config, options);
  const { model, judge, dispose } = guessing(spec, params, settings, device);
  const batches = maskedBatches(texts, spec, settings, fold(root, 'batches'));
  const held = heldOutBatches(heldOut, spec, settings, fold(root, 'held out'));
  const steps = options.steps ?? settings.steps ?? settings.epochs * batches.batchesPerEpoch;
  const rising = Math.round(steps / 10);
  await using step = trainingStep({
    model,
    optimizer: chain(clipByGlobalNorm(1), adamw({ weightDecay: settings.weightDecay })),
    balancer: settings.halves ? fixed({ weights: [1, settings.halves.weight] }) : equal(),
    device,
  });
  const counts = { texts: { training: texts.length, heldOut: heldOut.length }, vocabulary: spec.tokens };
  const parameters = leaves<HostTensor>(params as never).reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  const told = { ...counts, parameters, device: device.description };
  onEvent({ type: 'start', ...told, steps, stepsPerEpoch: batches.batchesPerEpoch });
  const began = performance.now();
  let state = step.init(root);
  const evaluated = async (at: TrainState): Promise<Guesses> => {
    const found = await judgeGuesses(judge, at.params, held);
    onEvent({ type: 'evaluation', step: at.step, ...found });
    return found;
  };
  const before = await evaluated(state);
  let after = before;
  let judged = 0;
  let reason: Pretraining['reason'] = 'finished';
  try {
    for await (const event of fit({
      step,
      state,
      batches,
      steps,
      learningRate: settings.learningRate,
      schedule: warmup(rising, linear(Math.max(1, steps - rising))),
      key: fold(root, 'steps'),
      ...(signal && { signal }),
    })) {
      state = event.state;
      if (event.type === 'step') {
        const { epoch, losses, examples } = event.report;
        const { tokens: loss, ...others } = losses;
        onEvent({ type: 'step', step: state.step, epoch, loss: loss!, ...others, texts: examples });
        const isDue =
          settings.evaluate === 'epoch'
            ? state.step % batches.batchesPerEpoch === 0
            : state.step % settings.evaluate === 0;
        if (isDue) [after, judged] = [await evaluated(state), state.step];
      } else if (event.type === 'end' && event.reason === 'interrupted') reason = 'interrupted';
    }
    if (judged !== state.step) after = await evaluated(state);
    const { encoder } = (await read(state.params as Resident)) as unknown as { encoder: Host<MlmParams> };
    const result: Pretraining = {
      folder: out,
      reason,
      steps: state.step,
      seconds: (performance.now() - began) / 1000,
      ...told,
      before,
      after,
    };
    await saveBertFolder(out, { sizes: spec, params: encoder.bert, tokenizer: spec.tokenizer, head: encoder.head });
    await writeSeenTexts(
      out,
      [...texts, ...heldOut].map(({ text }) => text),
    );
    await writeJson(join(out, 'pretraining.json'), {
      ...result,
      folder: undefined,
      seed: config.seed,
      ...settings,
      steps: state.step,
    });
    return result;
  } finally {
    await dispose();
  }
}

/** The texts, their vocabulary and the first parameters. */
async function start(
  run: Run,
  { heldOut: share }: PretrainConfig,
  root: Key,
): Promise<{ spec: BertSpec; params: Host<MlmParams>; texts: Text[]; heldOut: Text[] }> {
  const { config } = run;
  const encoder = requireBert(config);
  const parts = await makeParts(run, true);
  const all = await readData(config);
  const own = key(config.seed);
  const { parts: whole } = await splitData(config, all, splitKey(own));
  const { data, split } = await cleanData(config, all, whole, cleaningKey(own));
  const training = Array.from(split.train, (index) => data.examples[index]!);
  const count = Math.ceil(share * training.length);
  if (training.length - count < 1)
    throw new PolytaskError('data', {
      code: 'E2306',
      message: `Expected at least two training texts. Found ${training.length}.`,
    });
  const judges = new Set(permutation(fold(root, 'held out'), training.length).slice(0, count));
  const raw = training.map((example) => ({ id: example.id, text: rawOf(parts, example, data.media) as string }));
  const [learned, held] = [raw.filter((_, at) => !judges.has(at)), raw.filter((_, at) => judges.has(at))];
  const spec = parts.encoder.fit(
    learned.map(({ text }) => text),
    fold(root, 'encoder'),
  ) as BertSpec;
  const encoded = ({ id, text }: { id: string; text: string }): Text => ({
    id,
    text,
    ids: parts.encoder.encode(text, spec) as Int32Array,
  });
  // with a folder: its weights, and its head where it has one
  const pretrained = encoder.folder === undefined ? undefined : await readBertFolder(encoder.folder);
  const fresh = bert({ ...spec, freeze: null, lora: null }).states.init(fold(root, 'parameters'), [
    spec.maxLength,
  ]).params;
  const { pooler: _pooler, ...trunk } = pretrained?.params ?? fresh;
  const params = { bert: trunk, head: pretrained?.head ?? mlmHead(spec, fold(root, 'head')) };
  return { spec, params, texts: learned.map(encoded), heldOut: held.map(encoded) };
}
