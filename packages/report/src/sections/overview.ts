import type { ColumnFacts, DataFacts } from '@polytask/data';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, day, decimal, grouped, percent } from '../numbers.ts';

const roles = { id: 'id', text: 'text', input: 'input', task: 'labels', other: '' } as const;
const right = (title: string) => ({ title, align: 'right' as const });

/** Where the rows come from, how they are divided, and what each column holds. */
export function overview(facts: DataFacts): Html {
  return html`${dataTable(
    'Sources',
    [{ title: 'file' }, right('rows')],
    facts.sources.map(({ file, rows }) => [foreign(file), grouped(rows)]),
  )}
${dataTable(
  'Parts',
  [{ title: 'part' }, right('rows'), right('share')],
  facts.parts.map(({ part, rows }) => [part, grouped(rows), percent(rows / Math.max(1, facts.rows))]),
)}
${dataTable(
  'Columns',
  [
    { title: 'column' },
    { title: 'used as' },
    { title: 'holds' },
    right('distinct'),
    right('missing'),
    { title: 'lowest · median · highest, or most frequent' },
    { title: 'reading' },
  ],
  facts.columns.map((column) => [
    foreign(column.column),
    roles[column.role],
    column.holds,
    grouped(column.distinct),
    percent(column.missing / Math.max(1, facts.rows)),
    values(column),
    reading(column),
  ]),
)}`;
}

function values({ holds, numbers, frequent }: ColumnFacts): Html | string {
  const written = holds === 'dates' ? day : decimal;
  if (numbers) return [numbers.lowest, numbers.median, numbers.highest].map(written).join(' · ');
  if (!frequent || frequent.length === 0) return '';
  return html`${frequent.slice(0, 3).map(([value, count], at) => html`${at > 0 && ' · '}${foreign(value)} (${grouped(count)})`)}`;
}

/** What reading changed: said, because nothing is changed silently. */
function reading({ missingMarkers, rewritten, unreadable, holds }: ColumnFacts): Html {
  const notes = [
    ...missingMarkers.slice(0, 5).map(([marker, count]) => html`${foreign(marker)} is missing (${grouped(count)})`),
    ...(rewritten > 0 ? [html`${counted(rewritten, 'cell')} written otherwise`] : []),
    ...(unreadable > 0 ? [html`<span class="warn">${counted(unreadable, 'cell')} not ${holds}</span>`] : []),
  ];
  return html`${notes.map((note, at) => html`${at > 0 && ', '}${note}`)}`;
}
