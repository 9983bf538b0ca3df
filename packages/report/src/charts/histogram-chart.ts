import type { Histogram } from '@polytask/data';
import { dataTable, folded } from '../data-table.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { decimal, grouped } from '../numbers.ts';

export type HistogramSeries = { readonly name: string; readonly histogram: Histogram };

const [width, height, floor] = [360, 120, 100];

/**
 * Counts over bins as bars, a second series as a line over them, and the numbers as a table. All series have the edges of the first.
 *
 * `scale` writes an edge; default: as a number.
 */
export function histogramChart(
  title: HtmlValue,
  label: string,
  series: readonly [HistogramSeries, ...HistogramSeries[]],
  scale: (edge: number) => string = decimal,
): Html {
  const [first, second] = series;
  const { edges, counts } = first.histogram;
  const most = Math.max(1, ...series.flatMap(({ histogram }) => histogram.counts));
  const step = width / Math.max(1, counts.length);
  const top = (count: number) => floor - (count / most) * (floor - 8);
  const bars = counts.map(
    (count, at) =>
      html`<rect class="series-1" x="${fixed(at * step + 0.5)}" y="${fixed(top(count))}" width="${fixed(Math.max(0.5, step - 1))}" height="${fixed(floor - top(count))}"/>`,
  );
  const line = second?.histogram.counts.map(
    (count, at) => `${at === 0 ? 'M' : 'L'}${fixed(at * step)} ${fixed(top(count))}H${fixed((at + 1) * step)}`,
  );
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 0];
  const summary = `${label}: ${series.map(({ name, histogram }) => `${name} ${grouped(sum(histogram.counts))} values`).join(', ')}, from ${scale(low)} to ${scale(high)}; at most ${grouped(most)} in a bin.`;
  const outside = series.map(({ histogram }) => histogram.below + histogram.above);
  return html`<figure><figcaption>${title}${series.length > 1 && html` <span class="key"><i class="box-1"></i>${first.name} <i class="box-2"></i>${second!.name}</span>`}</figcaption>
<svg role="img" aria-label="${summary}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${bars}${line && html`<path class="line-2" d="${line.join('')}"/>`}<path class="axis" d="M0 ${floor}H${width}"/><text x="0" y="${floor + 14}">${scale(low)}</text><text x="${width}" y="${floor + 14}" text-anchor="end">${scale(high)}</text></svg>
${folded(
  'Numbers',
  dataTable(
    label,
    [{ title: 'from' }, { title: 'to' }, ...series.map(({ name }) => ({ title: name, align: 'right' as const }))],
    [
      ...counts.map((_, at) => [
        scale(edges[at]!),
        scale(edges[at + 1]!),
        ...series.map(({ histogram }) => grouped(histogram.counts[at] ?? 0)),
      ]),
      ...(sum(outside) > 0 ? [['outside', '', ...outside.map(grouped)]] : []),
      ['missing', '', ...series.map(({ histogram }) => grouped(histogram.missing))],
    ],
  ),
)}</figure>`;
}

const fixed = (value: number) => Number(value.toFixed(2));
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
