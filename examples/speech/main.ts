// Speaks the phrases, trains on them, judges the model on speakers and phrases that it never heard, and transcribes a few of them.
// Run: npm start -- [--train 4500] [--test 600]
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRun, readRunFile, trainRun } from '@polytask/run';
import { generate } from './generate.ts';

const { values } = parseArgs({
  options: { train: { type: 'string', default: '4500' }, test: { type: 'string', default: '600' } },
});
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const decimal = (value: number | null | undefined) => (value == null ? '–' : value.toFixed(3));

if (!(await stat(here('data/test.csv')).catch(() => undefined))) {
  console.log('Speaking …');
  await generate({ out: here('data'), train: Number(values.train), test: Number(values.test), seed: 7 });
}

const run = await readRunFile(here('run.yaml'));
const summary = await trainRun(run, {
  out: here('runs'),
  onEvent(event) {
    if (event.type === 'start') console.log(`${event.examples.train} phrases, ${event.steps} steps, ${event.device}`);
    if (event.type !== 'evaluation' || event.part !== 'validation') return;
    const { transcript, emotion } = event.tasks;
    console.log(
      `epoch ${String(event.epoch + 1).padStart(2)}   word error rate ${decimal(transcript!.metrics.wer)}   emotion, mean recall ${decimal(emotion!.metrics.uar)}`,
    );
  },
});

const { transcript, emotion } = summary.test!;
console.log(`\nOn speakers and phrases that it never heard, after ${summary.seconds.toFixed(0)} s:`);
console.log(
  `  word error rate ${decimal(transcript!.metrics.wer)}, character error rate ${decimal(transcript!.metrics.cer)}`,
);
console.log(`  emotion: mean recall ${decimal(emotion!.metrics.uar)}, accuracy ${decimal(emotion!.metrics.accuracy)}`);

await using model = await openRun(summary.folder);
console.log('\nSome of them:');
const files = ['data/test/00000.wav', 'data/test/00001.wav', 'data/test/00002.wav'];
for (const [at, { tasks }] of (await model.predict(files.map(here))).entries()) {
  const shown = Object.values(tasks).map((one) => ('text' in one ? `“${one.text}”` : 'label' in one ? one.label : ''));
  console.log(`  ${files[at]}   ${shown.join('   ')}`);
}
console.log(`\nWeights, metrics and checkpoints: ${summary.folder}`);
