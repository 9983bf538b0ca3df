import type { ColumnLeak, DataFacts, GiveAways, NamedPartLeak, RepeatedRows } from '@polytask/data';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, grouped, percent } from '../numbers.ts';

/** Rows that stand more than once, groups on both sides of the split, and what gives labels away. */
export function leaks({ repeated, groups, giveAways, parts, rows }: DataFacts): Html {
  return html`<h3>Repeated rows and texts</h3>
${dataTable(
  'Repeated rows and texts',
  [
    { title: 'compared' },
    { title: 'likeness' },
    { title: 'among', align: 'right' },
    { title: 'groups', align: 'right' },
    { title: 'rows in them', align: 'right' },
  ],
  repeated.map((one) => [
    what(one),
    one.likeness,
    html`${one.compared < rows && 'the first '}${grouped(one.compared)}`,
    grouped(one.groups),
    grouped(one.rows),
  ]),
)}
${repeated.map((one) => leakTables(html`${what(one)}, ${one.likeness}`, `${plain(one)}, ${one.likeness}`, one.leaks))}
<h3>Columns that look like ids of groups</h3>
${
  groups.length === 0
    ? html`<p>None was found.</p>`
    : html`${dataTable(
        'Columns that look like ids of groups',
        [{ title: 'column' }, { title: 'groups', align: 'right' }, { title: 'why' }, { title: 'on both sides' }],
        groups.map(({ column, distinct, reasons, leaks: crossing }) => [
          foreign(column),
          grouped(distinct),
          html`${reasons.map((reason, at) => html`${at > 0 && '; '}${foreign(reason)}`)}`,
          parts.length < 2
            ? 'one part only'
            : crossing.length === 0
              ? 'none'
              : html`<span class="warn">${crossing.map(({ parts: [one, other], groups: shared }, at) => `${at > 0 ? ', ' : ''}${grouped(shared)} of ${one} and ${other}`)}</span>`,
        ]),
      )}`
}
<h3>What gives labels away</h3>
${giveAways.every(({ words, columns }) => words.length + columns.length === 0) ? html`<p>Nothing was found.</p>` : giveAways.map(giveAway)}`;
}

const what = ({ of }: RepeatedRows): Html => (of === 'rows' ? html`whole rows` : html`texts of ${foreign(of.column)}`);
const plain = ({ of }: RepeatedRows): string => (of === 'rows' ? 'whole rows' : `texts of ${of.column}`);

function leakTables(title: Html, caption: string, crossing: readonly NamedPartLeak[]): Html | undefined {
  if (crossing.length === 0) return undefined;
  return html`<p class="warn">${title}: ${crossing.map(({ parts: [one, other], rows: [left, right] }, at) => html`${at > 0 && '; '}${counted(left, 'row')} of ${one} and ${grouped(right)} of ${other}`)} stand on both sides.</p>
${dataTable(
  `Examples of ${caption}, on both sides`,
  [{ title: 'rows' }, { title: 'text' }, { title: 'and text' }],
  crossing.flatMap(({ parts, examples }) =>
    examples.map(({ rows, texts }) => [
      html`${parts[0]}: ${foreign(rows[0])}<br>${parts[1]}: ${foreign(rows[1])}`,
      texts && foreign(texts[0]),
      texts && foreign(texts[1]),
    ]),
  ),
)}`;
}

const facets: Readonly<Record<ColumnLeak['facet'], string>> = {
  value: 'its value',
  extension: 'the ending of its path',
  folder: 'the folder of its path',
  length: 'the length of its text',
};

function giveAway({ task, words, columns }: GiveAways): Html | undefined {
  if (words.length + columns.length === 0) return undefined;
  return html`${
    columns.length > 0 &&
    dataTable(
      `Columns that tell the label of ${task}`,
      [
        { title: 'column' },
        { title: 'what of it' },
        { title: 'tells', align: 'right' },
        { title: 'the most frequent label is right in', align: 'right' },
      ],
      columns.map(({ column, facet, score, baseline }) => [
        foreign(column),
        facets[facet],
        html`<span class="warn">${percent(score)}</span>`,
        baseline > 0 ? percent(baseline) : '',
      ]),
    )
  }${
    words.length > 0 &&
    dataTable(
      `Words that tell the label of ${task}`,
      [
        { title: 'word' },
        { title: 'column' },
        { title: 'label' },
        { title: 'is its name' },
        { title: 'rows', align: 'right' },
        { title: 'of them with the label', align: 'right' },
        { title: 'of the label', align: 'right' },
      ],
      words.map(({ token, column, label, isLabelName, rows, precision, recall }) => [
        foreign(token),
        foreign(column),
        foreign(label),
        isLabelName ? html`<span class="warn">yes</span>` : 'no',
        grouped(rows),
        percent(precision),
        percent(recall),
      ]),
    )
  }`;
}
