import type { DataFacts } from '@polytask/data';
import { bar } from '../charts/bar.ts';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { decimal } from '../numbers.ts';

const mostShown = 60;

/** From this stability index on, a distribution is commonly read as shifted (Siddiqi 2006). */
export const shifted = 0.25;

/** How far the other parts are from the first. */
export function drift({ drift: found, parts }: DataFacts): Html {
  if (parts.length < 2) return html`<p>There is one part only: nothing to compare.</p>`;
  if (found.length === 0) return html`<p>No column can be compared between parts.</p>`;
  return html`<p class="quiet">Each column of the other parts against the ${parts[0]!.part} part. PSI: population stability index, below 0.1 commonly read as stable, above ${shifted} as a shift; small parts reach that by chance. KS: the Kolmogorov–Smirnov statistic and its p-value.${found.length > mostShown && ` The ${mostShown} strongest of ${found.length} are shown.`}</p>
${dataTable(
  `Drift from the ${parts[0]!.part} part`,
  [
    { title: 'column' },
    { title: 'part' },
    { title: 'PSI', align: 'right' },
    { title: '' },
    { title: 'KS', align: 'right' },
    { title: 'p-value', align: 'right' },
  ],
  found
    .slice(0, mostShown)
    .map(({ column, part, psi, kolmogorovSmirnov: ks }) => [
      foreign(column),
      part,
      psi >= shifted ? html`<span class="warn">${psi.toFixed(3)}</span>` : psi.toFixed(3),
      bar(psi / Math.max(shifted, found[0]!.psi), psi >= shifted ? 2 : 1),
      ks ? ks.statistic.toFixed(3) : '',
      ks ? decimal(ks.pValue) : '',
    ]),
)}`;
}
