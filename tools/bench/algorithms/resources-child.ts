/** Trains the news example with some of its tasks, opens it, and tells what that took as JSON: a process for each, since memory is a process's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineRun, openRun, trainRun } from '@polytask/run';
import { newsFile } from './news.ts';

export type Resources = {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly parameters: number;
  /** Milliseconds for one text, the median. */
  readonly latency: number;
  readonly accuracy: Readonly<Record<string, number>>;
};

const wanted = process.argv[2]!.split(',');
const folder = mkdtempSync(join(tmpdir(), 'polytask-resources-'));
try {
  const { tasks, ...file } = newsFile({});
  const chosen = Object.fromEntries(Object.entries(tasks).filter(([task]) => wanted.includes(task)));
  const split = { by: 'stratified' as const, tasks: wanted };
  const summary = await trainRun(defineRun({ ...file, split, tasks: chosen }), { out: folder });
  await using model = await openRun(summary.folder);
  const texts = ['Rates fall again as the bank surprises the markets', 'The coach praises a team that never gave up'];
  const times: number[] = [];
  for (let at = 0; at < 400; at++) {
    const start = performance.now();
    await model.predict([texts[at % texts.length]!]);
    if (at >= 100) times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  const result: Resources = {
    seconds: summary.seconds,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    parameters: summary.parameters,
    latency: times[times.length / 2]!,
    accuracy: Object.fromEntries(wanted.map((task) => [task, summary.test![task]!.metrics.accuracy!])),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
