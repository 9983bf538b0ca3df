import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { grouped } from '../numbers.ts';

/** A matrix of counts as a table whose cells are the darker the larger their share of the largest is. */
export function matrix(caption: string, names: readonly string[], counts: readonly (readonly number[])[]): Html {
  const most = Math.max(1, ...counts.flat());
  return dataTable(
    caption,
    [{ title: '' }, ...names.map((name) => ({ title: foreign(name), align: 'right' as const }))],
    names.map((name, row) => [
      foreign(name),
      ...counts[row]!.map(
        (count) => html`<span class="shade" style="--share:${(count / most).toFixed(3)}">${grouped(count)}</span>`,
      ),
    ]),
  );
}
