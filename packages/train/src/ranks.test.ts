import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { steps, type Trained, train } from './testing/ranks.fixture.ts';

// `--import tsx` reaches the main thread only; a thread that is to run sources registers it itself.
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
const tsx = new URL('./dist/esm/api/index.mjs', loader).href;
const fixture = new URL('./testing/rank.fixture.ts', import.meta.url).href;
const program = `import('${tsx}').then(({ register }) => { register(); return import('${fixture}'); });`;

async function runRank(rank: number, port: MessagePort): Promise<Trained> {
  const worker = new Worker(program, {
    eval: true,
    workerData: { rank, port },
    transferList: [port],
    execArgv: ['--conditions=@polytask/source'],
  });
  const [trained] = (await once(worker, 'message')) as [Trained];
  await worker.terminate();
  return trained;
}

const largestDifference = (left: Trained, right: Trained) =>
  Math.max(
    ...Object.entries(left.params).flatMap(([path, values]) =>
      values.map((value, index) => {
        const other = right.params[path]![index]!;
        return Math.abs(value - other) / Math.max(1, Math.abs(other));
      }),
    ),
  );

test('two threads that exchange gradients for 20 steps train what one process does on the whole batches, missing labels included', async () => {
  const { port1, port2 } = new MessageChannel();
  const [first, second] = await Promise.all([runRank(0, port1), runRank(1, port2)]);
  const whole = await train();

  expect(second.absent).toBeGreaterThan(first.absent); // a task was absent on one of them
  expect(whole.absent).toBe(0);
  expect(largestDifference(first, second)).toBe(0);
  expect(largestDifference(first, whole)).toBeLessThan(1e-6);
  expect(first.reports).toHaveLength(steps);
  for (const [step, { losses, weights, examples }] of whole.reports.entries()) {
    const report = first.reports[step]!;
    expect(report.examples).toBe(examples);
    for (const task of ['topic', 'score']) {
      expect(report.losses[task]).toBeCloseTo(losses[task]!, 5);
      expect(report.weights[task]).toBeCloseTo(weights[task]!, 5);
    }
  }
});
