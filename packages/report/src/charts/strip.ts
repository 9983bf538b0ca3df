import { type Html, html } from '../html.ts';

const [width, height] = [320, 12];

/** Shares along the rows of a file as one strip, dark where a block of rows is full of them. */
export function strip(shares: readonly number[]): Html {
  const step = width / Math.max(1, shares.length);
  const blocks = shares.flatMap((share, at) =>
    share > 0
      ? [
          html`<rect class="series-2" x="${fixed(at * step)}" width="${fixed(step)}" height="${height}" fill-opacity="${fixed(Math.max(0.15, share))}"/>`,
        ]
      : [],
  );
  return html`<svg class="strip" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true"><rect class="ground" width="${width}" height="${height}"/>${blocks}</svg>`;
}

const fixed = (value: number) => Number(value.toFixed(2));
