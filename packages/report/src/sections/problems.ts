import { formatProblem, type Problem } from '@polytask/base';
import type { DataFacts } from '@polytask/data';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, grouped } from '../numbers.ts';

/** Problems, one on a line. */
export const problemList = (problems: readonly Problem[]): Html | false =>
  problems.length > 0 && html`<ul>${problems.map((problem) => html`<li>${foreign(formatProblem(problem))}</li>`)}</ul>`;

/** Rows that were set aside, and what was found besides. */
export function problems({ quarantine, notes }: DataFacts): Html {
  const { rows, examples } = quarantine;
  return html`<p>${counted(rows, 'row')} ${rows === 1 ? 'was' : 'were'} set aside.${rows > examples.length && ` The first ${grouped(examples.length)} are listed.`}</p>
${
  examples.length > 0 &&
  dataTable(
    'Rows that were set aside',
    [{ title: 'row' }, { title: 'code' }, { title: 'reason' }, { title: 'by' }],
    examples.map(({ row, problem, step }) => [foreign(row), problem.code, foreign(problem.message), step ?? 'reading']),
  )
}
${notes.length > 0 && html`<h3>Notes</h3>${problemList(notes)}`}`;
}
