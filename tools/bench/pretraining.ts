/**
 * What pre-training of a small BERT brings, by the share of labels: `examples/news-bert` pretrained on all training texts and fine-tuned
 * on the labels of some of them, beside the same from scratch.
 *
 *   pnpm --silent bench pretraining [--data FILE.jsonl] [--labels 0.1,1] [--epochs 12] [--seed 7] [--set train.epochs=20 --set …]
 *
 * FILE has `id`, `text`, `topic` and `sentiment`; default: the headlines of examples/news. A fifth of its rows tests, a tenth validates.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fold, key, permutation } from '@polytask/base';
import { pretrainRun, readRunFile, trainRun } from '@polytask/run';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: here('examples/news/headlines.jsonl') },
    labels: { type: 'string', default: '0.1,1' },
    epochs: { type: 'string', default: '12' },
    seed: { type: 'string', default: '7' },
    set: { type: 'string', multiple: true, default: [] },
  },
});

type Row = {
  readonly id: string;
  readonly text: string;
  readonly topic: string | null;
  readonly sentiment: string | null;
};

const folder = mkdtempSync(join(tmpdir(), 'polytask-pretraining-'));
const percent = (value: number | null | undefined) => (value == null ? '–' : `${(100 * value).toFixed(1)} %`);
try {
  const rows = readFileSync(flags.data, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const order = permutation(fold(key(Number(flags.seed)), 'pretraining'), rows.length);
  const [tests, validates] = [Math.round(rows.length / 5), Math.round(rows.length / 10)];
  const part = (from: number, to?: number) => Array.from(order.slice(from, to), (at) => rows[at]!);
  const training = part(tests + validates);
  const fixed = [
    `split.files.validation=${written('validation', part(tests, tests + validates))}`,
    `split.files.test=${written('test', part(0, tests))}`,
  ];
  // the run file of the example, with files of its own in the place of its data and split
  const file = join(folder, 'run.yaml');
  const example = readFileSync(here('examples/news-bert/run.yaml'), 'utf8');
  writeFileSync(file, example.replace(/^data:.*$/m, 'data: { id: id }').replace(/^split:.*$/m, ''));
  const runWith = (trains: readonly Row[], more: readonly string[] = []) =>
    readRunFile(file, {
      set: [`seed=${flags.seed}`, ...fixed, `split.files.train=${written('train', trains)}`, ...flags.set, ...more],
    });

  const model = join(folder, 'model');
  const made = await pretrainRun(await runWith(training, [`pretrain.epochs=${flags.epochs}`]), { out: model });
  const { before, after } = made;
  const halves = after.halves
    ? `, halves found ${percent(before.halves?.accuracy)} → ${percent(after.halves.accuracy)}`
    : '';
  console.log(
    `pretrained on ${made.texts.training} texts in ${made.steps} steps, ${made.seconds.toFixed(0)} s: perplexity ${before.perplexity.toFixed(0)} → ${after.perplexity.toFixed(0)}, guessed ${percent(after.accuracy)}${halves}\n`,
  );
  console.log('| share of labels | BERT | topic | sentiment | validation |\n|---|---|---|---|---|');
  for (const share of flags.labels.split(',').map(Number)) {
    const few = training.map((row, at) =>
      at < share * training.length ? row : { ...row, topic: null, sentiment: null },
    );
    for (const [name, more] of [
      ['from scratch', []],
      ['pretrained', [`inputs.text.encoder.folder=${model}`]],
    ] as const) {
      const { test, best } = await trainRun(await runWith(few, more), { out: join(folder, 'runs') });
      const scores = [test!.topic!.metrics.accuracy, test!.sentiment!.metrics.accuracy, best?.score].map(percent);
      console.log(`| ${percent(share)} | ${[name, ...scores].join(' | ')} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function written(name: string, part: readonly Row[]): string {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, part.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
