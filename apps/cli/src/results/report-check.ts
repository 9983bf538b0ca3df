import type { RunCheck } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { noteLines } from '../text/note-lines.ts';
import { counted, grouped, percent } from '../text/numbers.ts';

import { type Column, table } from '../text/table.ts';
import { cut, plain } from '../text/width.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** What training would use, for a run file without mistakes. */
export function reportCheck(file: string, check: RunCheck, terminal: Terminal): void {
  const { parts, parameters, tasks, notes } = check;
  const head = { head: (line: string) => terminal.paint('dim', line) };
  const aside = check.quarantined > 0 ? `; ${counted(check.quarantined, 'bad row')} set aside` : '';
  terminal.print(
    `${terminal.paint('green', 'No mistakes')} in ${file}.`,
    '',
    ...table(
      [{ title: '' }, { title: '' }],
      [
        [
          'data',
          `${counted(check.rows, 'row')}: ${grouped(parts.train)} training, ${grouped(parts.validation)} validation, ${grouped(parts.test)} test${aside}`,
        ],
        [
          'model',
          `${counted(parameters.total, 'parameter')}, ${grouped(parameters.shared)} of them shared by all tasks`,
        ],
        [
          'training',
          `${counted(check.steps, 'step')}, ${grouped(check.stepsPerEpoch)} in an epoch${check.buckets.length > 0 ? `; inputs padded to ${check.buckets.join(', ')}` : ''}`,
        ],
      ],
    ),
    '',
    ...table(
      [
        { title: 'task' },
        right('classes'),
        right('training'),
        right('validation'),
        right('test'),
        right('unlabelled'),
        { title: 'most frequent' },
        { title: 'least frequent' },
      ],
      Object.entries(tasks).map(([name, task]) => taskCells(name, task, parts)),
      head,
    ),
    ...overlapLines(check, head),
  );
  terminal.note(...(notes.length > 0 ? [''] : []), ...noteLines(notes, terminal));
  if (terminal.json) terminal.emit({ file, ...check });
}

function taskCells(
  name: string,
  { labels, present, counts }: RunCheck['tasks'][string],
  parts: RunCheck['parts'],
): string[] {
  const labelled = present.train + present.validation + present.test;
  const all = parts.train + parts.validation + parts.test;
  const sorted = Object.entries(counts).sort((one, other) => other[1] - one[1]);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  // of tags and boxes, which an example may have several of, the share of them all
  const whole = (sorted[0]?.[1] ?? 0) > present.train ? total : present.train;
  const share = (entry: readonly [string, number] | undefined) =>
    entry && present.train > 0 ? `${cut(plain(entry[0]), 24)} ${percent(entry[1] / whole)}` : '';
  return [
    name,
    // numbers and texts have none
    labels.length > 0 ? grouped(labels.length) : '',
    grouped(present.train),
    grouped(present.validation),
    grouped(present.test),
    all > 0 ? percent(1 - labelled / all) : '',
    share(sorted[0]),
    share(sorted.at(-1)),
  ];
}

/** More tasks than fit beside each other on a screen. */
const mostBeside = 12;

export function overlapLines(
  { overlap, tasks }: Pick<RunCheck, 'overlap' | 'tasks'>,
  head: { head(line: string): string },
): string[] {
  const names = Object.keys(tasks);
  if (names.length < 2) return [];
  if (names.length > mostBeside)
    return [
      '',
      `Labels of both, for each two of ${names.length} tasks, are shown for at most ${mostBeside}; --json has them all.`,
    ];
  const rows = names.map((row) => [
    row,
    ...names.map((name) => grouped(overlap[row]?.[name] ?? overlap[name]?.[row] ?? 0)),
  ]);
  return ['', ...table([{ title: 'labels of both' }, ...names.map(right)], rows, head)];
}
