/**
 * Whole training steps of the field's models, hand-over and loss read-back included, against PyTorch in the same run, with peak memory.
 *
 *   pnpm --silent bench engine [--json] [--python PATH] [--models cnn,mmoe] [--rounds 2] [--threads N] [--wasm]
 *
 * Every measurement has a process of its own. The ratio is our time over the time of PyTorch's fastest variant, with equal threads: rounds
 * of ours and of PyTorch's alternate, and the best median of each counts, so that a busy moment of the machine does not decide.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fromPython } from '../lib/python.ts';
import { models } from './engine/models.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    python: { type: 'string' },
    models: { type: 'string', default: Object.keys(models).join() },
    rounds: { type: 'string', default: '2' },
    steps: { type: 'string', default: '15' },
    profile: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    wasm: { type: 'boolean' },
  },
});
const threads = Number(flags.threads);
const [warmup, steps] = [4, Number(flags.steps)];

type Times = { readonly minimum: number; readonly median: number; readonly peakMiB: number };
type Ours = Times & { readonly first: number; readonly losses: readonly number[] };

const ours = (model: string, device: string, settings: object = {}): Ours => {
  const words = [fileURLToPath(new URL('./engine/ours.ts', import.meta.url))];
  const given = JSON.stringify({ threads, warmup, steps, model, device, ...settings });
  const output = execFileSync(process.execPath, [...process.execArgv, ...words, given], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output.trim().split('\n').at(-1)!) as Ours;
};

type Peer = { readonly version: string; readonly variants: readonly string[] };

/** What PyTorch's side says of a model: its variants, or the times of one; or in words why there is nothing. */
const peer = <Result>(model: string, variant?: string): Result | string =>
  fromPython<Result>(flags.python, new URL('./engine/peer.py', import.meta.url), {
    threads,
    warmup,
    steps,
    model,
    variant,
  });

/** The times of a variant that the peer itself has named. */
function peerTimes(model: string, variant: string): Times {
  const times = peer<Times>(model, variant);
  if (typeof times === 'string') throw new Error(`${model}, ${variant}: ${times}`);
  return times;
}

const best = <Row extends Times>(rows: readonly Row[]): Row => rows.reduce((a, b) => (b.median < a.median ? b : a));

const rows = flags.models.split(',').map((model) => {
  const known = peer<Peer>(model);
  const own: Ours[] = [];
  const theirs: (Times & { variant: string })[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    own.push(ours(model, 'onnx', flags.profile ? { profile: flags.profile } : {}));
    if (typeof known === 'string') continue;
    for (const variant of known.variants) theirs.push({ variant, ...peerTimes(model, variant) });
  }
  const mine = best(own);
  const fastest = theirs.length > 0 ? best(theirs) : undefined;
  const wasm = flags.wasm ? ours(model, 'wasm', { warmup: 1, steps: 2 }) : undefined;
  return {
    model,
    milliseconds: mine.median,
    minimum: Math.min(...own.map(({ minimum }) => minimum)),
    first: Math.min(...own.map(({ first }) => first)),
    peakMiB: Math.min(...own.map(({ peakMiB }) => peakMiB)),
    peer: fastest ? { version: (known as Peer).version, ...fastest } : { absent: known as string },
    ratio: fastest ? mine.median / fastest.median : null,
    memoryRatio: fastest ? Math.min(...own.map(({ peakMiB }) => peakMiB)) / fastest.peakMiB : null,
    ...(wasm && { wasm: { milliseconds: wasm.median, ratio: wasm.median / mine.median } }),
  };
});

if (flags.json) console.log(JSON.stringify({ threads, rows }));
else {
  console.log(
    '| model | polytask | PyTorch | ratio | peak memory, MiB | ratio | first step |\n|---|---|---|---|---|---|---|',
  );
  for (const { model, milliseconds, first, peakMiB, peer, ratio, memoryRatio } of rows) {
    const theirs =
      'absent' in peer ? `absent: ${peer.absent}` : `${peer.median.toFixed(1)} ms (${peer.version}, ${peer.variant})`;
    const memory = 'absent' in peer ? peakMiB.toFixed(0) : `${peakMiB.toFixed(0)} / ${peer.peakMiB.toFixed(0)}`;
    console.log(
      `| ${model} | ${milliseconds.toFixed(1)} ms | ${theirs} | ${ratio?.toFixed(2) ?? ''} | ${memory} | ${memoryRatio?.toFixed(2) ?? ''} | ${first.toFixed(0)} ms |`,
    );
  }
}
