import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { type LayerTime, type LayerTimesOptions, layerTimes, openDevice } from '@polytask/engine';
import type { Run } from './config/run.ts';
import { prepare } from './prepare.ts';
import { openSession } from './session.ts';

export type ProfileRunOptions = LayerTimesOptions & {
  /** Training steps to take; never beyond the first evaluation. Default: 20. */
  readonly steps?: number;
};

export type RunProfile = {
  /** Steps taken; the first ones are slower. */
  readonly steps: number;
  readonly device: string;
  /** Times of all steps together, the longest first. */
  readonly layers: readonly LayerTime[];
};

/** Configured devices that are onnxruntime-node where it loads. */
const profiled: readonly string[] = ['auto', 'onnx', 'onnx-node'];

/**
 * Trains a few steps of a run on onnxruntime-node, and tells how long each layer took. No folder is made.
 *
 * @throws PolytaskError usage E3105 when the run asks for another device; usage, data, or diverged as training does.
 */
export async function profileRun(run: Run, { steps = 20, ...options }: ProfileRunOptions = {}): Promise<RunProfile> {
  const { device: asked, threads = availableParallelism() } = run.config;
  if (!profiled.includes(asked)) {
    throw new PolytaskError('usage', {
      code: 'E3105',
      path: 'device',
      message: `Profiles are those of onnxruntime-node. Found the device "${asked}".`,
      fix: 'Set the device to onnx-node.',
    });
  }
  const prepared = await prepare(run);
  const folder = await mkdtemp(join(tmpdir(), 'polytask-profile-'));
  try {
    const device = await openDevice('onnx-node', { threads, profile: join(folder, 'profile') });
    let taken = 0;
    {
      await using session = openSession(prepared, device);
      for await (const event of session.events({})) {
        if (event.type !== 'step') break;
        taken++;
        if (taken >= steps || session.evaluationFollows(event.state, event.progress)) break;
      }
    }
    const files = await readdir(folder);
    const profiles = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    return { steps: taken, device: device.description, layers: layerTimes(profiles, options) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
