/**
 * One call of `weigh` for every method on the Gramian: random gradients, a warm process, one core.
 *
 *   pnpm --silent bench balance [--json]
 *
 * Gradients are normal with a shared component, in K + 2 dimensions, where many conflict, and in 100 K, where they are nearly orthogonal. Medians and
 * 95th percentiles of microseconds over 200 Gramians, and the largest residual that a method told.
 */
import { parseArgs } from 'node:util';
import {
  aligned,
  type Balancer,
  cagrad,
  config,
  dualProj,
  fairgrad,
  gradnorm,
  gradvac,
  imtlG,
  krum,
  metabalance,
  mgda,
  nash,
  pcgrad,
  upgrad,
} from '@polytask/balance';
import { gramianOf } from '@polytask/balance/testing';
import { fold, key, normal } from '@polytask/base';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' } } });

// biome-ignore lint/suspicious/noExplicitAny: states differ
const methods: readonly Balancer<any>[] = [
  mgda(),
  pcgrad(),
  gradvac(),
  cagrad(),
  imtlG(),
  nash(),
  fairgrad({ alpha: 2 }),
  aligned(),
  upgrad(),
  dualProj(),
  config(),
  krum(),
  gradnorm(),
  metabalance(),
];

function gramian(tasks: number, width: number, draw: number): number[][] {
  const numbers = normal(fold(key(draw), tasks), (tasks + 1) * width);
  const common = numbers.subarray(tasks * width);
  return gramianOf(
    Array.from({ length: tasks }, (_, task) =>
      Array.from({ length: width }, (_, p) => numbers[task * width + p]! + 0.2 * common[p]!),
    ),
  );
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;

const rows = [];
for (const tasks of [3, 10, 40]) {
  for (const width of [tasks + 2, 100 * tasks]) {
    const gramians = Array.from({ length: tasks === 40 ? 40 : 200 }, (_, draw) => gramian(tasks, width, draw));
    const present = gramians[0]!.map(() => true);
    const losses = gramians[0]!.map(() => 1);
    for (const method of methods) {
      const state = method.init(tasks);
      let residual = 0;
      const times: number[] = [];
      for (let round = 0; round < 3; round++)
        for (const one of gramians) {
          const before = performance.now();
          const weighed = method.weigh({ losses, present, gramian: one, step: 0, epoch: 0 }, state, key(0));
          if (round === 2) times.push(1e3 * (performance.now() - before));
          residual = Math.max(residual, weighed.residual ?? 0);
        }
      times.sort((left, right) => left - right);
      rows.push({
        tasks,
        width,
        method: method.name,
        median: quantile(times, 0.5),
        p95: quantile(times, 0.95),
        residual,
      });
    }
  }
}

if (flags.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
else
  for (const { tasks, width, method, median, p95, residual } of rows)
    process.stdout.write(
      `K ${String(tasks).padStart(2)} · ${String(width).padStart(4)} wide · ${method.padEnd(12)}${median.toFixed(0).padStart(6)} µs, 95 % below${p95.toFixed(0).padStart(6)} µs · residual ${residual.toExponential(0)}\n`,
    );
