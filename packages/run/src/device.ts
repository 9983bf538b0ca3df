import { availableParallelism } from 'node:os';
import { type Device, openDevice } from '@polytask/engine';
import type { RunConfig } from './config/schema.ts';

/** The device a configuration asks for, and its threads, which are recorded: their number decides the last bits. */
export async function deviceOf({
  device,
  threads = availableParallelism(),
}: Pick<RunConfig, 'device' | 'threads'>): Promise<{ device: Device; threads: number }> {
  return { device: await openDevice(device, { threads }), threads };
}
