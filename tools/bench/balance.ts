/**
 * One call of `weigh` for every method on the Gramian: random gradients, a warm process, one core.
 *
 *   pnpm --silent bench balance [--json]
 *
 * Gradients are normal with a shared component, in K + 2 dimensions, where many conflict, and in 100 K, where they are nearly orthogonal; and three
 * hard kinds: lengths over 12 decades, gradients 10⁻⁶ from a space of K/2 dimensions, and all against all (less 0.99 of their mean). Medians and
 * 95th percentiles of microseconds over 200 Gramians, the largest residual that a method told of a result it calls ok, and how many it does not.
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

type Kind = 'conflicts' | 'orthogonal' | '12 decades' | 'nearly dependent' | 'all against all';
const kinds: readonly Kind[] = ['conflicts', 'orthogonal', '12 decades', 'nearly dependent', 'all against all'];

function gramian(tasks: number, kind: Kind, draw: number): number[][] {
  const width = kind === 'orthogonal' ? 100 * tasks : tasks + 2;
  const numbers = normal(fold(key(draw), tasks), (tasks + 1) * width);
  const common = numbers.subarray(tasks * width);
  const rows = Array.from({ length: tasks }, (_, task) =>
    Array.from({ length: width }, (_, p) => numbers[task * width + p]! + 0.2 * common[p]!),
  );
  const columnMean = (p: number) => rows.reduce((sum, row) => sum + row[p]!, 0) / tasks;
  const mean = rows[0]!.map((_, p) => columnMean(p));
  const low = tasks >> 1;
  const made: Record<Kind, () => number[][]> = {
    conflicts: () => rows,
    orthogonal: () => rows,
    '12 decades': () => rows.map((row, i) => row.map((value) => value * 10 ** ((12 * i) / (tasks - 1) - 6))),
    'nearly dependent': () => rows.map((row) => row.map((value, p) => (p < low ? value : 1e-6 * value))),
    'all against all': () => rows.map((row) => row.map((value, p) => value - 0.99 * mean[p]!)),
  };
  return gramianOf(made[kind]());
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;

const rows = [];
for (const tasks of [3, 10, 40]) {
  for (const kind of kinds) {
    const gramians = Array.from({ length: tasks === 40 ? 40 : 200 }, (_, draw) => gramian(tasks, kind, draw));
    const present = gramians[0]!.map(() => true);
    const losses = gramians[0]!.map(() => 1);
    for (const method of methods) {
      const state = method.init(tasks);
      let [residual, degenerate] = [0, 0];
      const times: number[] = [];
      for (let round = 0; round < 3; round++)
        for (const one of gramians) {
          const before = performance.now();
          const weighed = method.weigh({ losses, present, gramian: one, step: 0, epoch: 0 }, state, key(0));
          if (round < 2) continue;
          times.push(1e3 * (performance.now() - before));
          if (weighed.status.kind === 'ok') residual = Math.max(residual, weighed.residual ?? 0);
          else degenerate++;
        }
      times.sort((left, right) => left - right);
      const [median, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
      rows.push({ tasks, kind, method: method.name, median, p95, residual, degenerate: degenerate / gramians.length });
    }
  }
}

if (flags.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
else
  for (const { tasks, kind, method, median, p95, residual, degenerate } of rows)
    process.stdout.write(
      `K ${String(tasks).padStart(2)} · ${kind.padEnd(16)} · ${method.padEnd(12)}${median.toFixed(0).padStart(6)} µs, 95 % below${p95.toFixed(0).padStart(6)} µs · residual ${residual.toExponential(0)}${degenerate > 0 ? ` · degenerate ${(100 * degenerate).toFixed(0)} %` : ''}\n`,
    );
