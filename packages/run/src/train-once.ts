import { type HostTensor, PolytaskError } from '@polytask/base';
import type { Run } from './config/run.ts';
import type { RunData } from './data/read-data.ts';
import type { PartName, Parts as SplitParts } from './data/split-data.ts';
import { deviceOf } from './device.ts';
import { scoresOf } from './judges.ts';
import { prepare } from './prepare.ts';
import type { Scores } from './results.ts';
import { openSession } from './session.ts';

export type Cost = {
  readonly seconds: number;
  readonly steps: number;
  readonly parameters: number;
  /** The largest resident set of the process while it trained, in bytes. Models trained before in the same process may be part of it. */
  readonly peakMemory: number;
};

export type TrainedOnce = Cost & {
  /** Of the best weights. */
  readonly scores: Scores;
  /** What they were chosen by; null without a validation part. */
  readonly validation: number | null;
};

/** Trains a run in memory, without a run folder, and judges its best weights. @throws PolytaskError interrupted E5001 when the signal says so. */
export async function trainOnce(
  run: Run,
  given: { readonly data: RunData; readonly split: SplitParts },
  judgedOn: PartName,
  {
    signal,
    onStep = () => {},
  }: { readonly signal?: AbortSignal | undefined; readonly onStep?: (step: number, steps: number) => void } = {},
): Promise<TrainedOnce> {
  const start = performance.now();
  const prepared = await prepare(run, given);
  const { device } = await deviceOf(run.config);
  await using session = openSession(prepared, device);
  let [peakMemory, steps] = [0, 0];
  let best: ReadonlyMap<string, HostTensor> | undefined;
  let validation: number | null = null;
  for await (const event of session.events({ ...(signal && { signal }) })) {
    peakMemory = Math.max(peakMemory, process.memoryUsage.rss());
    steps = event.state.step;
    if (event.type === 'step') onStep(steps, session.steps);
    if ((event.type === 'evaluation' && event.improved) || (event.type === 'end' && !best))
      best = await session.weights(event.state);
    if (event.type === 'evaluation' && event.improved) validation = event.score;
    if (event.type === 'end' && event.reason === 'interrupted')
      throw new PolytaskError('interrupted', { code: 'E5001', message: 'The comparison was interrupted.' });
  }
  const seconds = (performance.now() - start) / 1000;
  const scores = scoresOf(await session.evaluate(best!, judgedOn));
  return { seconds, steps, parameters: session.parameters.total, peakMemory, scores, validation };
}
