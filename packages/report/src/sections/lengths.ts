import type { DataFacts } from '@polytask/data';
import { histogramChart } from '../charts/histogram-chart.ts';
import { foreign, type Html, html } from '../html.ts';
import { grouped } from '../numbers.ts';

/** How long texts are. */
export function lengths({ lengths: found }: DataFacts): Html {
  if (found.length === 0) return html`<p>No column holds texts.</p>`;
  return html`<div class="charts">${found.map(({ column, histogram, shortest, median, longest }) =>
    histogramChart(
      html`${foreign(column)} <span class="quiet">characters: ${grouped(shortest)} · ${grouped(median)} · ${grouped(longest)} (shortest, median, longest)</span>`,
      `Lengths of ${column} in characters`,
      [{ name: 'texts', histogram }],
    ),
  )}</div>`;
}
