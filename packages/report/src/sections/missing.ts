import type { DataFacts } from '@polytask/data';
import { strip } from '../charts/strip.ts';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { grouped, percent } from '../numbers.ts';

const mostShown = 200;

/** Which cells are missing, along the rows, and which columns are missing together. */
export function missing({ missing: map }: DataFacts): Html {
  const some = map.columns.filter((column) => column.missing > 0);
  if (some.length === 0) return html`<p>No cell is missing.</p>`;
  const whole = map.columns.length - some.length;
  return html`<p class="quiet">A strip runs from the first row to the last, ${grouped(map.rowsPerBlock)} ${map.rowsPerBlock === 1 ? 'row' : 'rows'} at a time; it is dark where cells are missing.${whole > 0 && ` ${grouped(whole)} columns without missing cells are left out.`}${some.length > mostShown && ` The first ${mostShown} are shown.`}</p>
${dataTable(
  'Missing cells by column',
  [
    { title: 'column' },
    { title: 'missing', align: 'right' },
    { title: 'share', align: 'right' },
    { title: 'along the rows' },
  ],
  some
    .slice(0, mostShown)
    .map((column) => [foreign(column.column), grouped(column.missing), percent(column.fraction), strip(column.blocks)]),
)}
${
  map.patterns.length > 0 &&
  dataTable(
    'Columns that are missing together',
    [{ title: 'columns' }, { title: 'rows', align: 'right' }],
    map.patterns.map(({ columns, rows }) => [list(columns), grouped(rows)]),
  )
}`;
}

const list = (names: readonly string[]): Html =>
  html`${names.slice(0, 12).map((name, at) => html`${at > 0 && ', '}${foreign(name)}`)}${names.length > 12 && ` and ${names.length - 12} more`}`;
