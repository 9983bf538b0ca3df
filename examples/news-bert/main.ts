// Pretrains BERT on the training headlines, fine-tunes it, trains the same from scratch, and compares them on headlines that neither saw.
// Run: npm start -- [--seeds 7,8,9] [--threads 2]
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pretrainRun, readRunFile, trainRun } from '@polytask/run';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '7' }, threads: { type: 'string' } } });
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const percent = (value: number | null | undefined) => (value == null ? '–' : `${(100 * value).toFixed(1)} %`);
const seconds = (value: number) => `${value.toFixed(0)} s`;

const rows: string[][] = [];
for (const seed of values.seeds.split(',')) {
  // Another seed splits the data in another way: what it is to be judged on must not be in what it was pretrained on.
  const set = [`seed=${seed}`, ...(values.threads ? [`threads=${values.threads}`] : [])];
  const run = await readRunFile(here('run.yaml'), { set });
  const folder = here(`models/news-${seed}`);
  await rm(folder, { recursive: true, force: true });
  const made = await pretrainRun(run, {
    out: folder,
    onEvent(event) {
      if (event.type === 'start')
        console.log(`${event.texts.training} headlines, ${event.vocabulary} tokens, ${event.parameters} parameters`);
      if (event.type === 'evaluation')
        console.log(
          `step ${event.step}: perplexity ${event.perplexity.toFixed(1)}, guessed ${percent(event.accuracy)}, halves found ${percent(event.halves?.accuracy)}`,
        );
    },
  });
  const tuned = await readRunFile(here('run.yaml'), { set: [...set, `inputs.text.encoder.folder=${folder}`] });
  for (const [name, one] of [
    ['from scratch', run],
    ['pretrained', tuned],
  ] as const) {
    const { test, seconds: taken, best } = await trainRun(one, { out: here('runs') });
    const { topic, sentiment } = test!;
    const scores = [topic!.metrics.accuracy, sentiment!.metrics.accuracy].map(percent);
    const cost = name === 'pretrained' ? `${seconds(made.seconds)} + ${seconds(taken)}` : seconds(taken);
    rows.push([seed, name, ...scores, percent(best?.score), cost]);
    console.log(`seed ${seed}, ${name}: topic ${scores[0]}, sentiment ${scores[1]}`);
  }
}

const titles = ['seed', 'BERT', 'topic', 'sentiment', 'validation', 'time'];
const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
console.log();
for (const row of [titles, ...rows]) console.log(row.map((cell, at) => cell.padEnd(widths[at]!)).join('   '));
