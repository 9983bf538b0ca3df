import type { DataFacts } from '@polytask/data';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, grouped } from '../numbers.ts';
import { problemList } from './problems.ts';

type Cleaning = NonNullable<DataFacts['cleaning']>;

/** What each step of cleaning changed, with examples. */
export function cleaning({ rowsBefore, rowsAfter, steps }: Cleaning): Html {
  return html`<p>${counted(rowsBefore, 'row')} before, ${grouped(rowsAfter)} after. Statistics come from the training rows alone.</p>
${steps.map((step, at) => {
  const columns = Object.entries(step.columns);
  const dropped = step.droppedRows.training + step.droppedRows.other;
  return html`<h3>${at + 1}. ${step.step}</h3>
<p class="quiet"><code>${JSON.stringify(step.options)}</code></p>
<p>${counted(dropped, 'row')} set aside (${grouped(step.droppedRows.training)} of training).${names(' New columns: ', step.addedColumns)}${names(' Columns left out: ', step.droppedColumns)}</p>
${
  columns.length > 0 &&
  dataTable(
    `Changed cells of step ${at + 1}`,
    [
      { title: 'column' },
      { title: 'changed', align: 'right' },
      { title: 'of them in training', align: 'right' },
      { title: 'examples' },
    ],
    columns.map(([column, { changed, changedInTraining, newType, examples }]) => [
      html`${foreign(column)}${newType && ` (now ${newType}s)`}`,
      grouped(changed),
      grouped(changedInTraining),
      html`${examples.slice(0, 3).map(({ row, before, after }) => html`<div>row ${grouped(row)}: ${cell(before)} → ${cell(after)}</div>`)}`,
    ]),
  )
}
${problemList(step.problems)}`;
})}`;
}

const cell = (value: number | string | null): Html => (value === null ? html`<em>missing</em>` : foreign(value));

const names = (lead: string, list: readonly string[]): Html | false =>
  list.length > 0 && html`${lead}${list.map((name, at) => html`${at > 0 && ', '}${foreign(name)}`)}.`;
