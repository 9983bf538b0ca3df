/**
 * What it costs to compare the gradients of tasks, beside TorchJD: steps of the same small convolutional network with the same batch and Adam.
 *
 *   pnpm --silent bench torchjd [--python PATH] [--tasks 3,10] [--threads 1] [--steps 30] [--json]
 *
 * `parameters`: the Gramian of the gradients of all shared parameters; TorchJD's faster one of `autojac` and `autogram` counts. `representation`: of
 * the gradients at the shared features, in PyTorch one call of autograd for each head. Median processor time of a step, which other work on the
 * machine does not lengthen as it does the clock's; ours and PyTorch's rounds follow each other twice, and the lower median counts. With several
 * threads waiting is part of it: take one. `--python` names a Python with torch and torchjd; where it has LibMTL too, its steps stand beside, of the
 * gradients of the parameters.
 */
import { parseArgs } from 'node:util';
import { cagrad, equal, mgda, pcgrad, upgrad } from '@polytask/balance';
import { fold, key } from '@polytask/base';
import { openDevice } from '@polytask/engine';
import { adam, type GradientScope, trainingStep } from '@polytask/train';
import { fromPython } from '../lib/python.ts';
import { convolutionalModel, image, images, labelled, median } from './balance/convolutional.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    tasks: { type: 'string', default: '3,10' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '30' },
    json: { type: 'boolean' },
  },
});
const [threads, steps, warmup] = [Number(flags.threads), Number(flags.steps), 5];
const counts = flags.tasks.split(',').map(Number);
const methods = { upgrad, pcgrad, mgda, cagrad } as const;

type One = {
  readonly tasks: number;
  readonly method: string;
  readonly route: string;
  readonly milliseconds: number;
  readonly processor: number;
};
type Peer = { readonly torch: string; readonly torchjd: string; readonly results: readonly One[] };
type Older = { readonly libmtl: string; readonly results: readonly One[] };

async function ours(tasks: number): Promise<One[]> {
  const device = await openDevice('onnx', { threads });
  const model = convolutionalModel(tasks);
  const batch = labelled(model, image.rows, images());
  const made = (method: string, route: string, options: object) => {
    const step = trainingStep({ model, optimizer: adam(), balancer: equal(), device, ...options });
    return { method, route, step, state: step.init(key(2)), times: [] as number[], processor: [] as number[] };
  };
  const scopes: readonly GradientScope[] = ['parameters', 'representation'];
  const variants = [
    made('equal', 'equal', {}),
    ...Object.entries(methods).flatMap(([name, method]) =>
      scopes.map((gradients) => made(name, gradients, { balancer: method(), gradients })),
    ),
  ];
  for (let index = 0; index < warmup + steps; index++)
    for (const variant of variants) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      const now = { learningRate: 1e-3, key: fold(key(3), index) };
      variant.state = (await variant.step.run(variant.state, [batch], now)).state;
      const used = process.cpuUsage(before);
      if (index < warmup) continue;
      variant.times.push(performance.now() - start);
      variant.processor.push((used.user + used.system) / 1e3);
    }
  for (const { step } of variants) await step[Symbol.asyncDispose]();
  return variants.map(({ method, route, times, processor }) => ({
    tasks,
    method,
    route,
    milliseconds: median(times),
    processor: median(processor),
  }));
}

const rounds: One[][] = [];
const peers: Peer[] = [];
const older: Older[] = [];
let missing: string | undefined;
for (let round = 0; round < 2; round++) {
  const measured: One[] = [];
  for (const tasks of counts) measured.push(...(await ours(tasks)));
  rounds.push(measured);
  const settings = { threads, rows: image.rows, size: image.size, tasks: counts, warmup, steps };
  const peer = fromPython<Peer>(flags.python, new URL('torchjd-peer.py', import.meta.url), settings);
  if (typeof peer === 'string') missing = peer;
  else peers.push(peer);
  const other = fromPython<Older>(flags.python, new URL('libmtl-peer.py', import.meta.url), settings);
  if (typeof other !== 'string') older.push(other);
  else if (round === 0) process.stderr.write(`No LibMTL: ${other}\n`);
}

/** The lowest median over rounds, and over the routes that lead to the same. */
function least(all: readonly (readonly One[])[], tasks: number, method: string, routes: readonly string[]) {
  const found = all.flat().filter((one) => one.tasks === tasks && one.method === method && routes.includes(one.route));
  return found.length === 0
    ? undefined
    : found.reduce((left, right) => (right.processor < left.processor ? right : left));
}

const rows = counts.flatMap((tasks) =>
  [
    { method: 'equal', scope: 'equal', routes: ['equal'] },
    ...Object.keys(methods).flatMap((method) => [
      { method, scope: 'parameters', routes: ['autojac', 'autogram'] },
      { method, scope: 'representation', routes: ['features'] },
    ]),
  ].map(({ method, scope, routes }) => {
    const own = least(rounds, tasks, method, [scope])!.processor;
    const of = (all: readonly { readonly results: readonly One[] }[]) => all.map(({ results }) => results);
    const peer = least(of(peers), tasks, method, routes);
    const libmtl = scope === 'representation' ? undefined : least(of(older), tasks, method, ['libmtl'])?.processor;
    return {
      tasks,
      method,
      scope,
      own,
      peer: peer?.processor,
      route: peer?.route,
      ratio: peer && own / peer.processor,
      libmtl,
    };
  }),
);
if (missing !== undefined) process.stderr.write(`No peer: ${missing}\n`);
if (flags.json)
  process.stdout.write(
    `${JSON.stringify({ rows, torch: peers[0]?.torch, torchjd: peers[0]?.torchjd, libmtl: older[0]?.libmtl })}\n`,
  );
else {
  const heads = [
    'tasks',
    'method',
    'gradients of',
    'polytask',
    `TorchJD ${peers[0]?.torchjd ?? ''}, PyTorch ${peers[0]?.torch ?? ''}`,
    'ratio',
    ...(older[0] ? [`LibMTL ${older[0].libmtl}`] : []),
  ];
  process.stdout.write(`| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|\n`);
  for (const { tasks, method, scope, own, peer, route, ratio, libmtl } of rows) {
    const theirs =
      peer === undefined
        ? ['', '']
        : [`${peer.toFixed(1)} ms${route === 'equal' || route === 'features' ? '' : ` (${route})`}`, ratio!.toFixed(2)];
    process.stdout.write(
      `| ${[tasks, method, scope === 'equal' ? '' : scope, `${own.toFixed(1)} ms`, ...theirs, ...(older[0] ? [libmtl === undefined ? '' : `${libmtl.toFixed(1)} ms`] : [])].join(' | ')} |\n`,
    );
  }
}
