// Draws the pictures, trains on them, judges the model on pictures of other colours, tilts and brushes, and predicts a few of them.
// Run: npm start -- [--train 10000] [--test 600] [--size 64]
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRun, readRunFile, trainRun } from '@polytask/run';
import { generate } from './generate.ts';

const { values } = parseArgs({
  options: {
    train: { type: 'string', default: '10000' },
    test: { type: 'string', default: '600' },
    size: { type: 'string', default: '64' },
  },
});
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const percent = (value: number | null | undefined) => (value == null ? '–' : `${(100 * value).toFixed(1)} %`);

if (!(await stat(here('data/test.csv')).catch(() => undefined))) {
  console.log('Drawing cats and dogs …');
  const [train, test, size] = [Number(values.train), Number(values.test), Number(values.size)];
  await generate({ out: here('data'), train, test, size, seed: 7 });
}

const run = await readRunFile(here('run.yaml'));
const summary = await trainRun(run, {
  out: here('runs'),
  onEvent(event) {
    if (event.type === 'start') console.log(`${event.examples.train} pictures, ${event.steps} steps, ${event.device}`);
    if (event.type !== 'evaluation' || event.part !== 'validation') return;
    const scores = Object.entries(event.tasks).map(([task, { metrics }]) => `${task} ${percent(metrics.accuracy)}`);
    console.log(`epoch ${String(event.epoch + 1).padStart(2)}   validation accuracy: ${scores.join('   ')}`);
  },
});

console.log(`\nOn colours, tilts and brushes that it never saw, after ${summary.seconds.toFixed(0)} s:`);
for (const [task, { metrics }] of Object.entries(summary.test ?? {}))
  console.log(`  ${task.padEnd(8)} accuracy ${percent(metrics.accuracy)}   macro-F1 ${percent(metrics.macroF1)}`);

await using model = await openRun(summary.folder);
console.log('\nSome of them:');
const files = ['data/test/00000.png', 'data/test/00001.png', 'data/test/00002.png'];
for (const [at, { tasks }] of (await model.predict(files.map(here))).entries()) {
  const shown = Object.values(tasks).map((one) => ('label' in one ? `${one.label} (${percent(one.probability)})` : ''));
  console.log(`  ${files[at]}   ${shown.join('   ')}`);
}
console.log(`\nWeights, metrics and checkpoints: ${summary.folder}`);
