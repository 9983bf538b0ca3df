import { type Html, html } from '../html.ts';

const [width, height] = [160, 12];

/** A bar in a cell of a table, beside the number it shows: the number is what screen readers read. `share` is of the longest bar. */
export function bar(share: number, series: 1 | 2 = 1): Html {
  const length = Math.round(Math.min(1, Math.max(0, share)) * width * 10) / 10;
  return html`<svg class="bar" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true"><rect class="series-${series}" width="${length}" height="${height}" rx="2"/></svg>`;
}
