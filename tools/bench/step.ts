/**
 * One training step of a Transformer with two heads, hand-over and loss read-back included, against PyTorch in the same run.
 *
 *   pnpm --silent bench step [--json] [--python PATH] [--quick]
 *
 * The ratio is our time over the time of PyTorch's fastest variant, both with the same number of threads: rounds of ours and of PyTorch's
 * alternate, and the best median of each counts, so that a busy moment of the machine does not decide. `cpu` and `wasm` take minutes at
 * this size; their rows are a batch of 2 and are labelled so.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { equal } from '@polytask/balance';
import { fold, hostTensor, key, permutation } from '@polytask/base';
import { defineModel } from '@polytask/core';
import { transformer } from '@polytask/encoders';
import { openDevice } from '@polytask/engine';
import { classify } from '@polytask/heads';
import { adam, type Batch, trainingStep } from '@polytask/train';
import { fromPython } from '../lib/python.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    python: { type: 'string' },
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
  },
});
const threads = availableParallelism();
const size = { batch: 32, time: 64, width: 256, heads: 4, layers: 4, vocabulary: 8000, dropout: 0.1 };
const [warmup, steps] = flags.quick ? [2, 5] : [4, 15];
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 2));

const heads = { topic: classify(), sentiment: classify() };
const specs = { topic: heads.topic.fit(['a', 'b', 'c', 'd']), sentiment: heads.sentiment.fit(['x', 'y']) };

function makeModel() {
  const layer = transformer({
    ...size,
    tokens: size.vocabulary,
    hidden: 4 * size.width,
    maxLength: size.time,
    pooling: 'mean',
  });
  return defineModel({
    encoder: layer,
    inputShape: [size.time],
    tasks: { topic: heads.topic.task(specs.topic), sentiment: heads.sentiment.task(specs.sentiment) },
  });
}

function makeBatch(rows: number, step: number): Batch {
  const ids = permutation(fold(key(1), step), rows * size.time).map((value) => value % size.vocabulary);
  const lengths = Int32Array.from({ length: rows }, (_, row) => size.time / 2 + (row % (size.time / 2)));
  const topic = heads.topic.target(
    Array.from({ length: rows }, (_, row) => specs.topic.labels[row % 4]!),
    specs.topic,
  );
  const sentiment = heads.sentiment.target(
    Array.from({ length: rows }, (_, row) => specs.sentiment.labels[row % 2]!),
    specs.sentiment,
  );
  return {
    inputs: { ids: hostTensor('int32', [rows, size.time], ids), lengths: hostTensor('int32', [rows], lengths) },
    targets: { topic: topic.tensors, sentiment: sentiment.tensors },
    counts: { topic: topic.count, sentiment: sentiment.count },
    size: rows,
    epoch: 0,
    last: false,
  };
}

type Times = { readonly first: number; readonly minimum: number; readonly median: number };

async function ours(name: string, rows: number, count: number): Promise<Times> {
  const start = performance.now();
  const device = await openDevice(name, { threads, ...(flags.profile && { profile: flags.profile }) });
  const model = makeModel();
  await using step = trainingStep({ model, optimizer: adam(), balancer: equal(), device });
  let state = step.init(key(0));
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const batch = makeBatch(rows, index);
    const before = index === 0 ? start : performance.now();
    state = (await step.run(state, [batch], { learningRate: 1e-3, key: fold(key(2), index) })).state;
    times.push(performance.now() - before);
  }
  const [first, ...rest] = times as [number, ...number[]];
  const settled = rest.slice(Math.min(warmup, rest.length - 1)).sort((a, b) => a - b);
  return { first, minimum: settled[0]!, median: settled[Math.floor(settled.length / 2)]! };
}

type Peer = {
  readonly version: string;
  readonly variants: Readonly<Record<string, { minimum: number; median: number }>>;
};

/** PyTorch's times, or why there are none. */
function peer(): Peer | string {
  return fromPython<Peer>(flags.python, new URL('./peer.py', import.meta.url), { ...size, threads, warmup, steps });
}

const best = (times: readonly { median: number }[]) => Math.min(...times.map(({ median }) => median));

const own: Times[] = [];
const peers: Peer[] = [];
let absent: string | undefined;
for (let round = 0; round < rounds; round++) {
  own.push(await ours('onnx', size.batch, 1 + warmup + steps));
  const measured = absent === undefined ? peer() : absent;
  if (typeof measured === 'string') absent = measured;
  else peers.push(measured);
}
const small: { device: string; batch: number; first: number; minimum: number; median: number }[] = [];
for (const [device, steps] of flags.quick
  ? []
  : ([
      ['wasm', 4],
      ['cpu', 2],
    ] as const)) {
  small.push({ device, batch: 2, ...(await ours(device, 2, steps)) });
}

const ourTime = best(own);
const variants = peers.flatMap(({ variants }) => Object.entries(variants).map(([name, times]) => ({ name, ...times })));
const fastest = variants.sort((a, b) => a.median - b.median)[0];
const ratio = fastest ? ourTime / fastest.median : null;
const result = {
  ratio,
  milliseconds: { ours: ourTime, peer: fastest?.median ?? null },
  peer: fastest ? { name: 'PyTorch', version: peers[0]!.version, variant: fastest.name } : null,
  ...(absent !== undefined && { peerAbsent: absent }),
  threads,
  size,
  startup: Math.min(...own.map(({ first }) => first)),
  small,
};

if (flags.json) {
  console.log(JSON.stringify(result));
} else {
  const row = (name: string, batch: number, milliseconds: number, note: string) =>
    `| ${name} | ${batch} | ${milliseconds.toFixed(0)} ms | ${note} |`;
  console.log('| one training step | batch | median | |\n|---|---|---|---|');
  console.log(
    row('polytask, onnx', size.batch, ourTime, `first step, with tracing and session: ${result.startup.toFixed(0)} ms`),
  );
  if (fastest)
    console.log(
      row(`PyTorch ${peers[0]!.version}, ${fastest.name}`, size.batch, fastest.median, `ratio ${ratio!.toFixed(2)}`),
    );
  else console.log(`| PyTorch | | absent | ${absent} |`);
  for (const { device, batch, median } of small)
    console.log(row(`polytask, ${device}`, batch, median, `another batch size: ${batch}`));
}
