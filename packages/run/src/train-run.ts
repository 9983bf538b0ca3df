import type { Run } from './config/run.ts';
import { deviceOf, type WorkerOption } from './device.ts';
import { createFolder } from './folder/create.ts';
import { lockFolder } from './folder/lock.ts';
import { prepare } from './prepare.ts';
import { record } from './record.ts';
import type { RunEvent, RunSummary } from './results.ts';
import { openSession } from './session.ts';

export type TrainRunOptions = WorkerOption & {
  /** The folder that run folders are made in. Default: `runs`. */
  readonly out?: string;
  /** When it aborts, a checkpoint is saved after the current step, and the summary's reason is `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** Slower: where a step makes numbers that are not finite, the error names the call, the layer and the line that began it. Default: false. */
  readonly checkFinite?: boolean;
};

/**
 * Trains a run in a new folder `<out>/<utc>-<name>-<4 hex>`, keeps the best weights and checkpoints, and at the end judges the best
 * weights on the test part.
 *
 * @throws PolytaskError usage, data, or diverged (E4001; with `checkFinite` E3201, E3202).
 */
export async function trainRun(
  run: Run,
  { out = 'runs', worker = false, checkFinite = false, ...options }: TrainRunOptions = {},
): Promise<RunSummary> {
  const prepared = await prepare(run);
  const { device, threads } = await deviceOf(run.config, { worker, checkFinite });
  const folder = await createFolder(prepared, device, threads, out);
  await using _lock = await lockFolder(folder);
  await using session = openSession(prepared, device);
  return await record({
    folder,
    prepared,
    session,
    device: { name: device.name, description: device.description, threads },
    ...options,
  });
}
