/**
 * What it costs to stop a training step in its middle, where a balancer is shown the losses and the Gramian of the representation: the same
 * Transformer with three tasks, weights known before against weights answered in the step. Rounds alternate; the minimum counts.
 *
 *   pnpm --silent bench cut [--json]
 */
import { parseArgs } from 'node:util';
import { type Balancer, fixed } from '@polytask/balance';
import { fold, hostTensor, key, permutation } from '@polytask/base';
import { defineModel } from '@polytask/core';
import { transformer } from '@polytask/encoders';
import { openDevice } from '@polytask/engine';
import { classify } from '@polytask/heads';
import { adam, type Batch, trainingStep } from '@polytask/train';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' } } });
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

const results = { whole: Number.POSITIVE_INFINITY, cut: Number.POSITIVE_INFINITY, ratio: 0, difference: 0 };
for (let round = 0; round < 2; round++) {
  const [one, two] = [await measure(known), await measure(asked)];
  results.whole = Math.min(results.whole, ...one.times);
  results.cut = Math.min(results.cut, ...two.times);
  results.difference = Math.max(
    results.difference,
    ...one.losses.map((loss, index) => Math.abs(loss - two.losses[index]!)),
  );
}
results.ratio = results.cut / results.whole;
if (flags.json) console.log(JSON.stringify(results));
else {
  console.log(
    '| one session | cut at the weights | ratio | largest difference of a loss in 12 steps |\n|---|---|---|---|',
  );
  console.log(
    `| ${results.whole.toFixed(0)} ms | ${results.cut.toFixed(0)} ms | ${results.ratio.toFixed(2)} | ${results.difference.toExponential(0)} |`,
  );
}
