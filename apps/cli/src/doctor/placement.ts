import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice } from '@polytask/engine';
import { train } from './probe.ts';

export type Placement = {
  /** Operations of a training step. */
  readonly operations: number;
  /** Those that the GPU has no kernel for, by type. */
  readonly onProcessor: readonly string[];
};

type ProfiledEvent = { readonly cat?: string; readonly name?: string; readonly args?: Record<string, string> };

/** Runs a training step on a device of ONNX Runtime with a profile, which names the place of each operation. */
export async function placementOf(name: string): Promise<Placement> {
  const folder = await mkdtemp(join(tmpdir(), 'polytask-doctor-'));
  try {
    await train(await openDevice(name, { profile: join(folder, 'profile') }), 1);
    const files = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
    return countPlaces(files.flatMap((text) => JSON.parse(text) as ProfiledEvent[]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The operations of a profile, each once. */
export function countPlaces(events: readonly ProfiledEvent[]): Placement {
  const places = new Map<string, { type: string; provider: string }>();
  for (const { cat, name, args } of events) {
    if (cat === 'Node' && name && args?.provider)
      places.set(name, { type: args.op_name ?? '', provider: args.provider });
  }
  const left = [...places.values()].filter(({ provider }) => provider === 'CPUExecutionProvider');
  return { operations: places.size, onProcessor: left.map(({ type }) => type).sort() };
}

/** `3 of 40 operations of a training step run on the processor: Cast, Gather` */
export function describePlacement({ operations, onProcessor }: Placement): string {
  if (onProcessor.length === 0) return `all ${operations} operations of a training step run there`;
  const types = [...new Set(onProcessor)].join(', ');
  return `${onProcessor.length} of ${operations} operations of a training step run on the processor: ${types}`;
}
