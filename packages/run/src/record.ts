import { join } from 'node:path';
import type { StepReport, TrainState } from '@polytask/train';
import { labelOf } from './batches.ts';
import type { RunConfig } from './config/schema.ts';
import { type Circumstances, readBest, saveBest, saveCheckpoint } from './folder/checkpoints.ts';
import { comparable } from './folder/compare.ts';
import { names, writeJson } from './folder/files.ts';
import { openLog } from './folder/log.ts';
import { readTimings, stopwatch } from './folder/timings.ts';
import { majorityScores, scoresOf } from './judges.ts';
import { judgedLabel, knownLabels } from './labels.ts';
import type { Prepared } from './prepare.ts';
import type { RunEvent, RunSummary } from './results.ts';
import { endsEpoch, type Session, type Standing } from './session.ts';

export type Recording = {
  readonly folder: string;
  readonly prepared: Prepared;
  readonly session: Session;
  readonly device: { readonly name: string; readonly description: string; readonly threads: number };
  /** Where an earlier session stood, and how long its log was. */
  readonly from?: { readonly standing: Standing; readonly metricsLength: number };
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
};

/** Runs a session and writes everything into the run folder: the log, the best weights, checkpoints, and at the end the summary. */
export async function record({
  folder,
  prepared,
  session,
  device,
  from,
  signal,
  onEvent = () => {},
}: Recording): Promise<RunSummary> {
  const { config } = prepared.run;
  const { steps, stepsPerEpoch } = session;
  const circumstances: Circumstances = {
    config: comparable(config),
    data: prepared.fingerprint,
    device: { name: device.name, threads: device.threads },
  };
  using metrics = openLog(join(folder, names.metrics), from?.metricsLength ?? 0);
  using watch = stopwatch(folder, from?.standing.step ?? 0);
  let saved = from?.standing.step ?? -1;
  const save = async (state: TrainState, standing: Promise<Standing>) => {
    if (saved === state.step) return;
    metrics.sync();
    watch.lap(state.step);
    const path = await saveCheckpoint(
      folder,
      await standing,
      metrics.length,
      circumstances,
      config.train.checkpoint.keep,
    );
    saved = state.step;
    onEvent({ type: 'checkpoint', step: state.step, folder: path });
  };

  onEvent({
    type: 'start',
    folder,
    name: config.name,
    device: device.description,
    steps,
    stepsPerEpoch,
    step: from?.standing.step ?? 0,
    examples: sizes(prepared),
    parameters: session.parameters.total,
    notes: prepared.notes,
  });
  let reason: RunSummary['reason'] = 'finished';
  let taken = 0;
  let last: { state: TrainState; best: { step: number; score: number } | null } | undefined;
  for await (const event of session.events({ ...(from && { from: from.standing }), ...(signal && { signal }) })) {
    const { state, progress } = event;
    const { best, bestStep } = progress.stopping;
    last = { state, best: best === null ? null : { step: bestStep, score: best } };
    if (event.type === 'step') {
      const { epoch, losses, weights, learningRate, examples, status } = event.report;
      metrics.write({
        type: 'step',
        step: state.step,
        epoch,
        losses,
        weights,
        learningRate,
        examples,
        ...(status.kind !== 'ok' && { status }),
        ...compared(event.report),
      });
      const pace = watch.step(examples, steps - state.step, event.waitedMs);
      onEvent({ type: 'step', step: state.step, epoch, losses, weights, learningRate, examples, ...pace });
      taken = epoch + 1;
      if (isDue(config, state, endsEpoch(progress)) && !session.evaluationFollows(state, progress))
        await save(state, session.standing(state, progress));
    } else if (event.type === 'evaluation') {
      const tasks = scoresOf(event.result);
      const score = Number.isFinite(event.score) ? event.score : null;
      const evaluation = {
        type: 'evaluation',
        part: 'validation',
        step: event.step,
        epoch: event.epoch,
        tasks,
        score,
        improved: event.improved,
        ...(endsEpoch(progress) && session.nextPool() && { next: session.nextPool() }),
      } as const;
      metrics.write(evaluation);
      watch.lap(state.step);
      // before the checkpoint: what a checkpoint calls the best is there
      if (event.improved) await saveBest(folder, await session.weights(state), { step: state.step, score });
      if (isDue(config, state, endsEpoch(progress))) await save(state, session.standing(state, progress));
      onEvent(evaluation);
    } else {
      reason = event.reason;
      await save(state, session.standing(state, progress));
    }
  }

  const { state, best } = last!;
  const epochs = taken || Math.ceil(state.step / stepsPerEpoch);
  const common = {
    folder,
    name: config.name,
    reason,
    alreadyFinished: false,
    input: Object.values(config.inputs)[0]!.type,
    steps: state.step,
    epochs,
    parameters: session.parameters.total,
    device: device.description,
    best,
  };
  if (reason === 'interrupted')
    return { ...common, ...totals(folder, watch), validation: null, test: null, majority: null };

  // Without any evaluation that is a number the last weights are all there is.
  if (!best) await saveBest(folder, await session.weights(state), { step: state.step, score: null });
  const { weights } = await readBest(folder);
  const epochOf = (step: number) => Math.max(0, Math.ceil(step / stepsPerEpoch) - 1);
  const validation =
    prepared.split.validation.length > 0
      ? scoresOf(await session.evaluate(weights, 'validation', epochOf(best?.step ?? state.step)))
      : null;
  const test = prepared.split.test.length > 0 ? scoresOf(await session.evaluate(weights, 'test')) : null;
  const judged = prepared.examplesOf(test ? 'test' : 'validation');
  const known = knownLabels(config, prepared.labelCounts);
  const majority = majorityScores(config, prepared.specs, prepared.labelCounts, (task) =>
    judged.map((example) => judgedLabel(known, task, labelOf(example, task))),
  );
  if (test) {
    const evaluation = {
      type: 'evaluation',
      part: 'test',
      step: best?.step ?? state.step,
      epoch: epochs - 1,
      tasks: test,
      score: null,
      improved: false,
    } as const;
    metrics.write(evaluation);
    onEvent(evaluation);
  }
  metrics.sync();
  watch.lap(state.step);
  const summary: RunSummary = { ...common, ...totals(folder, watch), validation, test, majority };
  await writeJson(join(folder, names.summary), summary);
  return summary;
}

/** How the gradients of the tasks stood to each other, where a step compared them; the cosines of up to ten tasks. */
function compared({ conflicts, worst, cosines, iterations, residual }: StepReport): Record<string, unknown> {
  if (!conflicts) return {};
  const rounded = cosines!.map((row) => row.map((value) => value && Math.round(1e4 * value) / 1e4));
  return {
    conflicts,
    worst,
    ...(iterations !== undefined && { iterations }),
    ...(residual !== undefined && { residual }),
    ...(rounded.length <= 10 && { cosines: rounded }),
  };
}

const totals = (folder: string, watch: { readonly peakMemory: number }) => {
  const { seconds, waitedSeconds, peakMemory } = readTimings(folder);
  return { seconds, waitedSeconds, peakMemory: Math.max(peakMemory, watch.peakMemory) };
};

function isDue({ train: { checkpoint } }: RunConfig, { step }: TrainState, isEpochEnd: boolean): boolean {
  return checkpoint.every === 'epoch' ? isEpochEnd : step % checkpoint.every === 0;
}

const sizes = ({ split: { train, validation, test } }: Prepared) => ({
  train: train.length,
  validation: validation.length,
  test: test.length,
});
