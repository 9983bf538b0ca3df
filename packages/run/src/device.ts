import { availableParallelism } from 'node:os';
import { type Device, openDevice } from '@polytask/engine';
import type { RunConfig } from './config/schema.ts';

export type WorkerOption = {
  /** Computes in a thread of its own, so that servers and user interfaces go on meanwhile; the numbers are the same. Default: false. */
  readonly worker?: boolean;
};

/** The device a configuration asks for, and its threads, which are recorded: their number decides the last bits. */
export async function deviceOf(
  { device, threads = availableParallelism() }: Pick<RunConfig, 'device' | 'threads'>,
  { worker = false, checkFinite = false }: WorkerOption & { readonly checkFinite?: boolean } = {},
): Promise<{ device: Device; threads: number }> {
  return { device: await openDevice(device, { threads, worker, checkFinite }), threads };
}
