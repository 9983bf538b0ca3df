import { type Html, type HtmlValue, html } from './html.ts';

export type TableColumn = { readonly title: HtmlValue; readonly align?: 'right' };

/** A table with a caption; the first cell of each row is its head. */
export function dataTable(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly HtmlValue[])[],
): Html {
  const style = (at: number) => columns[at]?.align === 'right' && html` class="number"`;
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title }, at) => html`<th scope="col"${style(at)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, at) => (at === 0 ? html`<th scope="row">${cell}</th>` : html`<td${style(at)}>${cell}</td>`))}</tr>\n`)}</tbody>
</table></div>`;
}

/** What is there only for those who ask: a table beside a chart, a long list. */
export const folded = (summary: string, content: HtmlValue): Html =>
  html`<details><summary>${summary}</summary>${content}</details>`;
