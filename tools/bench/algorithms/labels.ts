import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fold, type Key, key, permutation, uniform } from '@polytask/base';
import { compareRun, defineRun, type MethodResult } from '@polytask/run';
import { machine, markdownTable, note, type Section, type Settings, signed } from './markdown.ts';
import { headlines, newsFile } from './news.ts';

type Row = {
  readonly id: string;
  readonly text: string;
  readonly topic: string | null;
  readonly sentiment: string | null;
};

/** What one model for both tasks gains over single-task models, by the share of labels of the news example. */
export const fewerLabels: Section = { name: 'labels', measure };

async function measure({ seeds = 4, quick }: Settings): Promise<string[]> {
  const rows = readFileSync(fileURLToPath(headlines), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const order = [...permutation(key(7), rows.length)].map((at) => rows[at]!);
  const cut = Math.floor(rows.length / 5);
  const parts = { test: order.slice(0, cut), validation: order.slice(cut, 2 * cut), train: order.slice(2 * cut) };
  const folder = mkdtempSync(join(tmpdir(), 'polytask-labels-'));
  const file = (name: string, kept: readonly Row[]) => {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, kept.map((row) => JSON.stringify(row)).join('\n'));
    return path;
  };
  const start = performance.now();
  const cells: string[][] = [];
  try {
    const [test, validation] = [file('test', parts.test), file('validation', parts.validation)];
    for (const share of quick ? [0.25] : [0.05, 0.1, 0.25, 0.5, 1]) {
      note(`${100 * share} %`);
      const kept = withLabels(parts.train, share, fold(key(7), 'labels'));
      const files = { train: file('train', kept), validation, test };
      const run = defineRun(newsFile({ data: { id: 'id' }, split: { by: 'files', files, nearDuplicates: 'ignore' } }));
      const { methods } = await compareRun(run, {
        methods: [],
        seeds: quick ? 1 : seeds,
        trials: quick ? 1 : 3,
      });
      const count = (task: 'topic' | 'sentiment') => kept.filter((row) => row[task] !== null).length;
      cells.push([
        `${100 * share} %`,
        `${count('topic')}, ${count('sentiment')}`,
        ...['topic', 'sentiment'].map((task) => methods[0]!.tasks[task]!.mean.toFixed(3)),
        ...methods.slice(1).map(gainOf),
      ]);
      note(cells.at(-1)!.join(' | '));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const minutes = (performance.now() - start) / 6e4;
  const heads = ['equal', 'tuned'].map((name) => `Δp of ${name}`);
  return [
    `Accuracy of single-task models, and Δp with its 95 % interval over ${seeds} seeds of one draw of labels and one split (60 % training rows at most, 20 % each to validate`,
    `and to test); ${newsFile({}).train!.steps} steps at any share, 4,096 hashed n-grams, learning rates of all tuned with 3 trainings. ${machine()}, ${minutes.toFixed(0)} minutes.`,
    '',
    ...markdownTable(['share', 'labels: topic, sentiment', 'topic alone', 'sentiment alone', ...heads], cells),
  ];
}

const gainOf = ({ gain, interval }: MethodResult): string =>
  `${signed(gain!)} %${interval ? ` (${signed(interval.low)} to ${signed(interval.high)})` : ''}`;

/** Each label stays with a probability, those of smaller shares among those of larger ones; rows without any are left out. */
function withLabels(rows: readonly Row[], share: number, source: Key): Row[] {
  const draws = uniform(source, 2 * rows.length);
  return rows
    .map((row, at) => ({
      ...row,
      topic: draws[2 * at]! < share ? row.topic : null,
      sentiment: draws[2 * at + 1]! < share ? row.sentiment : null,
    }))
    .filter(({ topic, sentiment }) => topic !== null || sentiment !== null);
}
