import type { RunAffinity } from '@polytask/run';
import type { Terminal } from '../terminal.ts';
import { counted, signed } from '../text/numbers.ts';
import { type Column, table } from '../text/table.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** How much the task of each row helps that of each column, and the groups that this advises. */
export function reportAffinity(affinity: RunAffinity, terminal: Terminal): void {
  if (terminal.json) {
    terminal.emit(affinity);
    return;
  }
  const { tasks, matrix, by, steps, measurements, grouping, findings } = affinity;
  const { paint } = terminal;
  const rows = tasks.map((task, i) => [task, ...matrix[i]!.map((value) => (value === null ? '–' : signed(value)))]);
  const meaning =
    by === 'cosine'
      ? 'Cosines of the gradients of the tasks'
      : by === 'look-ahead'
        ? 'The part of its loss that the task of a column loses by a step of the task of a row'
        : 'Likeness (unbiased linear CKA, 1: the same) of what models of single tasks make of the same examples';
  terminal.print(
    ...table([{ title: 'helps' }, ...tasks.map(right)], rows, { head: (line) => paint('dim', line) }),
    paint('dim', `${meaning}: means over ${counted(measurements, 'measurement')} in ${counted(steps, 'step')}.`),
    '',
    `Advice, ${counted(grouping.groups.length, 'group')}:`,
    ...table(
      [{ title: 'train together' }, right('help')],
      grouping.groups.map((group) => [
        group.join(', '),
        group.map((task) => signed(grouping.scores[task]!)).join(', '),
      ]),
      { head: (line) => paint('dim', line), indent: 2 },
    ),
    ...(grouping.groups.length > 1
      ? [
          '',
          `In the run file: sharing: { type: grouped, groups: [${grouping.groups.map((group) => `[${group.join(', ')}]`).join(', ')}] }`,
        ]
      : []),
    ...findings,
  );
}
