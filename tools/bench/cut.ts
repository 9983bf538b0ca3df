/**
 * What it costs to stop a training step in its middle, where a balancer is shown the losses and the Gramian of the representation: the same
 * Transformer with three tasks, weights known before against weights answered in the step. Rounds alternate; the minimum counts.
 *
 *   pnpm --silent bench cut [--json]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Balancer, fixed } from '@polytask/balance';
import { fold, hostTensor, key, permutation } from '@polytask/base';
import { defineModel } from '@polytask/core';
import { transformer } from '@polytask/encoders';
import { openDevice } from '@polytask/engine';
import { classify } from '@polytask/heads';
import { adam, type Batch, trainingStep } from '@polytask/train';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
const [rows, time, width, tokens] = [32, 64, 256, 8000];
const head = classify();
const spec = head.fit(['a', 'b']);
const task = head.task(spec);
const layer = transformer({
  tokens,
  layers: 4,
  width,
  heads: 4,
  hidden: 4 * width,
  dropout: 0.1,
  maxLength: time,
  pooling: 'mean',
});
const model = defineModel({ encoder: layer, inputShape: [time], tasks: { first: task, second: task, third: task } });

const target = (shift: number) =>
  head.target(
    Array.from({ length: rows }, (_, row) => ((row >> shift) % 2 === 0 ? 'a' : 'b')),
    spec,
  );
const [first, second, third] = [target(0), target(1), target(2)];
const batch: Batch<'first' | 'second' | 'third'> = {
  inputs: {
    ids: hostTensor('int32', [rows, time], permutation(key(1), rows * time)),
    lengths: hostTensor('int32', [rows], new Int32Array(rows).fill(time - 8)),
  },
  targets: { first: first.tensors, second: second.tensors, third: third.tensors },
  counts: { first: first.count, second: second.count, third: third.count },
  size: rows,
  epoch: 0,
  last: false,
};

const known = fixed({ weights: [1, 0.7, 0.3] });
const asked: Balancer<ReturnType<typeof known.init>> = { ...known, needs: 'gramian', knownBefore: false };
const device = await openDevice('onnx');

async function measure(balancer: typeof asked): Promise<{ times: number[]; losses: number[] }> {
  await using step = trainingStep({ model, optimizer: adam(), balancer, device });
  let state = step.init(key(2));
  const [times, losses]: [number[], number[]] = [[], []];
  for (let index = 0; index < 12; index++) {
    const start = performance.now();
    const done = await step.run(state, [batch], { learningRate: 1e-3, key: fold(key(3), index) });
    times.push(performance.now() - start);
    losses.push(...(Object.values(done.report.losses) as number[]));
    state = done.state;
  }
  return { times: times.slice(2), losses };
}

/** Peak memory is a process's own, so each variant has one. */
if (flags.only) {
  const { times, losses } = await measure(flags.only === 'cut' ? asked : known);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ minimum: Math.min(...times), losses, peakMiB } satisfies One));
} else report();

type One = { readonly minimum: number; readonly losses: readonly number[]; readonly peakMiB: number };

function report(): void {
  const one = (only: string): One =>
    JSON.parse(
      execFileSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), '--only', only], {
        encoding: 'utf8',
      }),
    );
  const [wholes, cuts]: [One[], One[]] = [[], []];
  for (let round = 0; round < 3; round++) {
    wholes.push(one('whole'));
    cuts.push(one('cut'));
  }
  const least = (ones: readonly One[], what: 'minimum' | 'peakMiB') => Math.min(...ones.map((each) => each[what]));
  const [whole, cut] = [least(wholes, 'minimum'), least(cuts, 'minimum')];
  const memory = [least(wholes, 'peakMiB'), least(cuts, 'peakMiB')] as const;
  const difference = Math.max(...wholes[0]!.losses.map((loss, index) => Math.abs(loss - cuts[0]!.losses[index]!)));
  const results = { whole, cut, ratio: cut / whole, memory, memoryRatio: memory[1] / memory[0], difference };
  if (flags.json) {
    console.log(JSON.stringify(results));
    return;
  }
  console.log(
    '| one session | cut at the weights | ratio | peak memory, MiB | ratio | largest difference of a loss in 12 steps |\n|---|---|---|---|---|---|',
  );
  console.log(
    `| ${whole.toFixed(0)} ms | ${cut.toFixed(0)} ms | ${results.ratio.toFixed(2)} | ${memory.map((each) => each.toFixed(0)).join(' / ')} | ${results.memoryRatio.toFixed(2)} | ${difference.toExponential(0)} |`,
  );
}
