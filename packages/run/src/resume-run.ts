import { resolve } from 'node:path';
import { PolytaskError } from '@polytask/base';
import type { Run } from './config/run.ts';
import type { RunConfig } from './config/schema.ts';
import { deviceOf } from './device.ts';
import { newestCheckpoint } from './folder/checkpoints.ts';
import { lockFolder } from './folder/lock.ts';
import { openFolder, refuseChanges, refuseOtherSplit } from './folder/open.ts';
import { finishedSummary } from './folder/summary.ts';
import { prepare } from './prepare.ts';
import { record } from './record.ts';
import type { RunSummary } from './results.ts';
import { openSession } from './session.ts';
import type { TrainRunOptions } from './train-run.ts';

export type ResumeRunOptions = Omit<TrainRunOptions, 'out'> & {
  /** The run file read again: needed when it passed objects. It must say what the folder's `config.json` says. */
  readonly run?: Run;
  /** Where the data is now, when it was moved. */
  readonly data?: string;
};

/**
 * Goes on from the newest whole checkpoint of a run folder, with the bits that training without the interruption would have had.
 *
 * A finished run is returned as it is.
 *
 * @throws PolytaskError usage E6001 not a run folder · E6002 another process trains it · E6003 no checkpoint · E6004 the configuration
 * changed · E6005 the data changed · E6006 the device changed.
 */
export async function resumeRun(
  folder: string,
  { run: given, data: file, worker = false, checkFinite = false, ...options }: ResumeRunOptions = {},
): Promise<RunSummary> {
  const { run: recorded, specs } = await openFolder(folder, given);
  await using _lock = await lockFolder(folder);
  const summary = await finishedSummary(folder);
  if (summary) return { ...summary, folder, alreadyFinished: true };
  const { standing, state } = await newestCheckpoint(folder);
  const run = file === undefined ? recorded : { ...recorded, config: withData(recorded.config, resolve(file)) };
  refuseChanges(folder, state.config, run.config);
  const prepared = await prepare(run, { specs });
  if (prepared.fingerprint !== state.data) {
    const message = `The data changed since the run began: ${dataChange(state.data, prepared.fingerprint)}.`;
    throw new PolytaskError('usage', {
      code: 'E6005',
      file: folder,
      message,
      fix: 'Bring the old data back, or train a new run.',
    });
  }
  await refuseOtherSplit(folder, prepared.whole.data, prepared.whole.split);
  const { device, threads } = await deviceOf(
    { device: run.config.device, threads: state.device.threads },
    { worker, checkFinite },
  );
  if (device.name !== state.device.name) {
    const message = `The run was trained on the device "${state.device.name}". Found "${device.name}": ${device.description}.`;
    throw new PolytaskError('usage', {
      code: 'E6006',
      file: folder,
      message,
      fix: 'Resume where that device is available, or train a new run.',
    });
  }
  await using session = openSession(prepared, device);
  const { name, description } = device;
  return await record({
    folder,
    prepared,
    session,
    device: { name, description, threads },
    from: { standing, metricsLength: state.metricsLength },
    ...options,
  });
}

/** `480/60/60 examples → 481/60/60`, of training, validation and test part; or that as many say something else. */
function dataChange(before: string, now: string): string {
  const [was, is] = [before, now].map((fingerprint) => fingerprint.split(' ').at(-1)!);
  if (was === is) return `as many examples (${was}) with other texts, labels or ids`;
  return `${was} training/validation/test examples → ${is}`;
}

/** The same run on a file that was moved. */
function withData(config: RunConfig, file: string): RunConfig {
  if (config.data.source !== undefined) return { ...config, data: { ...config.data, source: file } };
  throw new PolytaskError('usage', {
    code: 'E6011',
    message: 'Only a run with a single data file can be told where that is now.',
    fix: 'Put the files where they were.',
  });
}
