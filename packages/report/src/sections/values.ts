import type { DataFacts, Distribution } from '@polytask/data';
import { bar } from '../charts/bar.ts';
import { histogramChart } from '../charts/histogram-chart.ts';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { day, decimal, grouped } from '../numbers.ts';

const mostCharts = 80;

/** The distribution of each column, before cleaning and after. */
export function values({ distributions, cleaning, columns }: DataFacts): Html {
  if (distributions.length === 0) return html`<p>There are no columns of numbers or categories.</p>`;
  const dates = new Set(columns.flatMap(({ column, holds }) => (holds === 'dates' ? [column] : [])));
  const shown = distributions.slice(0, mostCharts);
  return html`${!cleaning && html`<p class="quiet">The data is not cleaned: there is nothing to compare with.</p>`}
${distributions.length > mostCharts && html`<p class="quiet">The first ${mostCharts} of ${grouped(distributions.length)} columns are shown.</p>`}
<div class="charts">${shown.map((one) => chart(one, dates.has(one.column)))}</div>`;
}

function chart(one: Distribution, isDate: boolean): Html {
  if (one.type === 'number') {
    const before = { name: one.after ? 'before' : 'rows', histogram: one.before };
    return histogramChart(
      foreign(one.column),
      `Distribution of ${one.column}`,
      one.after ? [before, { name: 'after', histogram: one.after }] : [before],
      isDate ? day : decimal,
    );
  }
  const { values: list, others } = one;
  const isCleaned = list.some(({ after }) => after !== undefined);
  const most = Math.max(1, ...list.map(({ before, after = 0 }) => Math.max(before, after)));
  const title = { title: isCleaned ? 'before' : 'rows', align: 'right' as const };
  const rest = others.values > 0 ? [{ value: undefined, ...others }] : [];
  return html`<figure><figcaption>${foreign(one.column)}</figcaption>${dataTable(
    `Most frequent values of ${one.column}`,
    [{ title: 'value' }, title, ...(isCleaned ? [{ title: 'after', align: 'right' as const }] : []), { title: '' }],
    [...list, ...rest].map(({ value, before, after }) => [
      typeof value === 'string' ? foreign(value) : html`<em>${grouped(others.values)} others</em>`,
      grouped(before),
      ...(isCleaned ? [grouped(after ?? 0)] : []),
      typeof value === 'string' &&
        html`${bar(before / most)}${after !== undefined && after !== before && bar(after / most, 2)}`,
    ]),
  )}</figure>`;
}
