/**
 * Opens exported models with Python's onnxruntime: the outputs must be those of `predict` to 1e-5, and onnx.checker must pass. The inputs
 * are made from nothing but the file: its metadata say how a text becomes ids. Not a part of the tests: it skips where Python has no
 * onnxruntime.
 *
 *   npx tsx --conditions=@polytask/source tools/export-check.ts [--python PATH]
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ngramEncoder, transformerEncoder } from '@polytask/encoders';
import type { Classification } from '@polytask/heads';
import { defineRun, exportRun, openRun, trainRun } from '@polytask/run';

const { values: flags } = parseArgs({ options: { python: { type: 'string', default: 'python3' } } });
const script = fileURLToPath(new URL('./export-check.py', import.meta.url));
const headlines = fileURLToPath(new URL('../examples/news/headlines.jsonl', import.meta.url));
const limit = 1e-5;

type Opened = {
  readonly versions: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, readonly (readonly number[])[]>>;
};

const python = (words: readonly string[]) =>
  JSON.parse(
    execFileSync(flags.python, [script, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  ) as Opened;

function absent(): string | undefined {
  try {
    execFileSync(flags.python, ['-c', 'import onnx, onnxruntime'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
  }
}

const encoders = { ngrams: ngramEncoder(), transformer: transformerEncoder() } as const;
type Encode = (text: string, spec: unknown) => Int32Array;

const softmax = (scores: readonly number[]) => {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

async function check(folder: string, type: keyof typeof encoders, options: Record<string, unknown>): Promise<boolean> {
  const definition = {
    version: 1,
    name: 'news',
    data: { source: headlines, id: 'id' },
    inputs: { text: { type: 'text', column: 'text', encoder: { type, ...options } } },
    tasks: { topic: { type: 'classify', column: 'topic' }, sentiment: { type: 'classify', column: 'sentiment' } },
    train: { steps: 20, batch: 32 },
  };
  const trained = await trainRun(defineRun(definition as never, { folder }), { out: folder });
  const path = join(folder, `${type}.onnx`);
  writeFileSync(path, (await exportRun(trained.folder)).file);
  await using run = await openRun(trained.folder);

  const { metadata } = python([path]);
  const { name, spec } = JSON.parse(metadata.encoder!) as { name: keyof typeof encoders; spec: unknown };
  const labels = JSON.parse(metadata.labels!) as Record<string, string[]>;
  let furthest = 0;
  let versions = '';
  for (const texts of [
    ['Rates rise again'],
    ['Home team wins', 'A storm is over the coast and the harvest is lost', 'x'],
  ]) {
    const ids = texts.map((text) => [...(encoders[name].encode as Encode)(text, spec)]);
    const width = Math.max(...ids.map(({ length }) => length)) + 2;
    const inputs = {
      ids: ids.map((row) => [...row, ...new Array(width - row.length).fill(0)]),
      lengths: ids.map(({ length }) => length),
    };
    const opened = python([path, JSON.stringify(inputs)]);
    versions = opened.versions;
    for (const [row, { tasks }] of (await run.predict(texts)).entries()) {
      for (const [task, { probabilities }] of Object.entries(tasks) as [string, Classification][]) {
        const found = softmax(opened.outputs![task]![row]!);
        for (const [at, label] of labels[task]!.entries())
          furthest = Math.max(furthest, Math.abs(found[at]! - probabilities[label]!));
      }
    }
  }
  const isFine = furthest <= limit;
  console.log(`${isFine ? '✓' : '✗'} ${type}: largest difference ${furthest.toExponential(1)} (${versions})`);
  return isFine;
}

const missing = absent();
if (missing) {
  console.log(`skipped: ${flags.python} cannot open ONNX files (${missing})`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'polytask-export-'));
  try {
    const results = [
      await check(folder, 'ngrams', {}),
      await check(folder, 'transformer', { layers: 2, width: 64, vocabulary: 2000 }),
    ];
    process.exitCode = results.every(Boolean) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
