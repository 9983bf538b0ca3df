import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { defineRun } from '../config/define-run.ts';
import type { Run } from '../config/run.ts';
import type { RunFile } from '../config/schema.ts';

const folders: string[] = [];

process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the tests of a file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'polytask-run-'));
  folders.push(folder);
  return folder;
}

const words = {
  sports: ['match', 'goal', 'team', 'coach', 'league'],
  finance: ['bank', 'stock', 'market', 'profit', 'loan'],
  good: ['great', 'happy', 'wonderful'],
  bad: ['awful', 'sad', 'terrible'],
} as const;

/** 60 rows whose words tell both labels; every third lacks its topic, every fourth its sentiment. */
export function tinyRows(): Record<string, unknown>[] {
  return Array.from({ length: 60 }, (_, at) => {
    const topic = at % 2 === 0 ? 'sports' : 'finance';
    const sentiment = at % 5 < 2 ? 'good' : 'bad';
    const pick = (list: readonly string[], salt: number) => list[(at * 7 + salt) % list.length];
    const text = [pick(words[topic], 0), pick(words[topic], 2), pick(words[sentiment], 1), `n${at}`].join(' ');
    return { id: `r${at}`, text, topic: at % 3 === 0 ? null : topic, sentiment: at % 4 === 1 ? null : sentiment };
  });
}

export function writeRows(path: string, rows: readonly unknown[]): string {
  writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return path;
}

/** A run that trains in a moment: 6 steps per epoch, with dropout, so that randomness matters. */
export const tinyFile = (source: string, changes: Partial<RunFile> = {}): RunFile => ({
  version: 1,
  name: 'tiny',
  seed: 7,
  data: { source, id: 'id' },
  split: { by: 'stratified', fractions: [0.8, 0.1, 0.1] },
  inputs: { text: { type: 'text', column: 'text', encoder: { type: 'ngrams', buckets: 256, width: 8, dropout: 0.1 } } },
  tasks: {
    topic: { type: 'classify', column: 'topic' },
    sentiment: { type: 'classify', column: 'sentiment', weight: 0.5 },
  },
  balance: { type: 'uncertainty' },
  train: { epochs: 3, batch: 8, optimizer: { type: 'adamw', learningRate: 0.05 }, clip: { globalNorm: 1 } },
  device: 'onnx',
  threads: 1,
  ...changes,
});

/** The tiny run on its rows in a folder. */
export function tinyRun(folder: string, changes: Partial<RunFile> = {}, rows: readonly unknown[] = tinyRows()): Run {
  return defineRun(tinyFile(writeRows(join(folder, 'rows.jsonl'), rows), changes));
}

/** The contents of the files of a folder, by name. */
export const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

/** The PolytaskError that something must end with. */
export async function failure(happening: () => unknown): Promise<PolytaskError> {
  try {
    await happening();
  } catch (error) {
    if (PolytaskError.is(error)) return error;
    throw error;
  }
  throw new TypeError('Expected a PolytaskError. Nothing was thrown.');
}
