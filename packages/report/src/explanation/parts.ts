import { dataTable, folded } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { decimal } from '../numbers.ts';
import type { ExplainedInput } from './explained.ts';
import { plotHeight, plotWidth } from './spike-plot.ts';

/** How many parts a table lists. */
const listed = 12;

/** An input with each part in the colour of its change: one for those that speak for the prediction, one for those against it. */
export function coloured(input: ExplainedInput, changes: readonly number[], picture: Html): Html {
  const most = Math.max(...changes.map(Math.abs), Number.MIN_VALUE);
  const share = (part: number) => Math.abs(changes[part] ?? 0) / most;
  const side = (part: number) => ((changes[part] ?? 0) < 0 ? 2 : 1);
  switch (input.kind) {
    case 'text':
      return html`<p class="explained">${input.pieces.map(({ text, part }) => (part === null ? foreign(text) : marked(text, side(part), share(part))))}</p>`;
    case 'table':
      return html`<p class="explained">${input.cells.map(({ name, value }, part) => marked(`${name}: ${value ?? '–'}`, side(part), share(part)))}</p>`;
    case 'image': {
      const { rows, columns, height, width } = input;
      const [high, wide] = [height / rows, width / columns];
      const tiles = changes.map((_, part) =>
        tile(side(part), share(part), [(part % columns) * wide, Math.floor(part / columns) * high, wide, high]),
      );
      return html`<div class="over">${picture}<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${tiles}</svg></div>`;
    }
    case 'sound': {
      const wide = plotWidth / input.windows;
      const tiles = changes.map((_, part) => tile(side(part), share(part), [part * wide, 0, wide, plotHeight]));
      return html`<div class="over sound">${picture}<svg viewBox="0 0 ${plotWidth} ${plotHeight}" aria-hidden="true">${tiles}</svg></div>`;
    }
  }
}

const marked = (text: string, side: number, share: number): Html =>
  html`<span class="part-${side}" style="--share:${share.toFixed(3)}">${foreign(text)}</span> `;

const tile = (side: number, share: number, [x, y, width, height]: readonly [number, number, number, number]): Html =>
  html`<rect class="series-${side}" x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" fill-opacity="${fixed(share * 0.75)}"/>`;

/** The parts that change most, as numbers. */
export function partTable(input: ExplainedInput, changes: readonly number[], label: string | null): Html {
  const names = namesOf(input);
  const rows = changes
    .map((change, part) => ({ change, name: names[part] ?? '' }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    .slice(0, listed)
    .map(({ change, name }) => [foreign(name), decimal(Number(change.toFixed(4)))]);
  const unit = label === null ? 'the number' : 'the probability';
  const columns = [{ title: 'without' }, { title: `${unit} falls by`, align: 'right' as const }];
  return folded('Numbers', dataTable('The parts that change most', columns, rows));
}

function namesOf(input: ExplainedInput): string[] {
  switch (input.kind) {
    case 'text':
      return input.pieces.flatMap(({ text, part }) => (part === null ? [] : [text]));
    case 'table':
      return input.cells.map(({ name }) => name);
    case 'image':
      return Array.from(
        { length: input.rows * input.columns },
        (_, part) => `row ${Math.floor(part / input.columns) + 1}, column ${(part % input.columns) + 1}`,
      );
    case 'sound':
      return Array.from({ length: input.windows }, (_, part) => {
        const [from, to] = [part, part + 1].map((at) => ((at * input.seconds) / input.windows).toFixed(2));
        return `${from}–${to} s`;
      });
  }
}

const fixed = (value: number): number => Number(value.toFixed(2));
