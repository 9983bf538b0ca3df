/**
 * Trains the news model with its default settings on ../shared/data/news (12,240 texts with one of two labels each), with three seeds, and
 * compares the mean accuracies on the validation rows and the time with what they must be. Skips, and says so, where the data is not there.
 *
 *   npx tsx --conditions=@polytask/source tools/news-target.ts
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineRun, openRun, trainRun } from '@polytask/run';

const data = fileURLToPath(new URL('../../shared/data/news', import.meta.url));
const targets = { topic: 0.87, sentiment: 0.8 } as const;
const limitSeconds = 180;

if (!existsSync(data)) {
  console.log(`skipped: ${data} is not there`);
} else {
  const out = mkdtempSync(join(tmpdir(), 'polytask-news-'));
  const scores = { topic: [] as number[], sentiment: [] as number[] };
  let slowest = 0;
  for (const seed of [1, 2, 3]) {
    const run = defineRun(
      {
        version: 1,
        name: 'news',
        seed,
        data: { id: 'id' },
        split: { by: 'files', files: { train: join(data, 'train.jsonl'), validation: join(data, 'dev.jsonl') } },
        inputs: { text: { type: 'text', column: 'text', encoder: { type: 'ngrams' } } },
        tasks: { topic: { type: 'classify', column: 'topic' }, sentiment: { type: 'classify', column: 'sentiment' } },
        train: { epochs: 4, batch: 64 },
      } as never,
      { folder: out },
    );
    const start = performance.now();
    const { folder } = await trainRun(run, { out });
    const seconds = (performance.now() - start) / 1000;
    await using opened = await openRun(folder);
    const { tasks } = (await opened.evaluate({ file: join(data, 'dev.jsonl') })) as never as {
      tasks: Record<string, { metrics: { accuracy: number } }>;
    };
    for (const task of ['topic', 'sentiment'] as const) scores[task].push(tasks[task]!.metrics.accuracy);
    slowest = Math.max(slowest, seconds);
    console.log(
      `seed ${seed}: topic ${scores.topic.at(-1)!.toFixed(4)}, sentiment ${scores.sentiment.at(-1)!.toFixed(4)}, ${seconds.toFixed(0)} s`,
    );
  }
  rmSync(out, { recursive: true, force: true });
  const means = Object.entries(scores).map(
    ([task, list]) => [task, list.reduce((sum, value) => sum + value, 0) / list.length] as const,
  );
  const isMet = means.every(([task, mean]) => mean >= targets[task as keyof typeof targets]) && slowest < limitSeconds;
  console.log(
    `mean ${means.map(([task, mean]) => `${task} ${mean.toFixed(4)}`).join(', ')}; slowest ${slowest.toFixed(0)} s: ${isMet ? 'as it must be' : 'NOT as it must be'}`,
  );
  process.exitCode = isMet ? 0 : 1;
}
