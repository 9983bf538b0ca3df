import { dataTable, folded } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { decimal, percent } from '../numbers.ts';
import type { FramePosteriors } from './explained.ts';

export const [plotWidth, plotHeight] = [640, 160];

/** Where a character is the most probable of all, in frames that follow each other, its highest frame. */
export type Peak = { readonly character: string; readonly frame: number; readonly probability: number };

export function peaksOf({ frames, characters, posteriors }: FramePosteriors): Peak[] {
  const peaks: Peak[] = [];
  let before = -1;
  for (let frame = 0; frame < frames; frame++) {
    let best = 0;
    for (let at = 1; at < characters.length; at++) if (posteriors[at]![frame]! > posteriors[best]![frame]!) best = at;
    const probability = posteriors[best]?.[frame] ?? 0;
    const peak = { character: characters[best] ?? '', frame, probability };
    if (best !== 0 && best !== before) peaks.push(peak);
    else if (best !== 0 && probability > peaks.at(-1)!.probability) peaks[peaks.length - 1] = peak;
    before = best;
  }
  return peaks;
}

/** The probabilities of characters over time, from 0 at the bottom to 1 at the top, over the log-mel bands of the sound; the blank is dashed. */
export function spikePlot(spikes: FramePosteriors, picture: Html, seconds: number): Html {
  const { frames, characters, posteriors } = spikes;
  const peaks = peaksOf(spikes);
  const x = (frame: number) => fixed(((frame + 0.5) / Math.max(1, frames)) * plotWidth);
  const y = (probability: number) => fixed(plotHeight - 2 - probability * (plotHeight - 24));
  const lines = characters.map((character, at) => {
    const points = posteriors[at]!.map((probability, frame) => `${x(frame)} ${y(probability)}`);
    return points.length > 0 && html`<path class="${character === '' ? 'blank' : 'spike'}" d="M${points.join('L')}"/>`;
  });
  const names = peaks.map(
    ({ character, frame, probability }) =>
      html`<text x="${x(frame)}" y="${fixed(y(probability) - 4)}" text-anchor="middle">${visible(character)}</text>`,
  );
  const svg = html`<svg viewBox="0 0 ${plotWidth} ${plotHeight}" role="img" aria-label="Probabilities of characters over time">${lines}${names}</svg>`;
  const rows = peaks.map(({ character, frame, probability }) => [
    foreign(visible(character)),
    decimal(Number((((frame + 0.5) / Math.max(1, frames)) * seconds).toFixed(2))),
    percent(probability),
  ]);
  const columns = [
    { title: 'character' },
    { title: 'second', align: 'right' as const },
    { title: 'probability', align: 'right' as const },
  ];
  return html`<figure><figcaption>Characters over time <span class="key">solid: characters, dashed: the blank between them</span></figcaption><div class="over sound">${picture}${svg}</div>${folded('Peaks', dataTable('Where each character is the most probable', columns, rows))}</figure>`;
}

const visible = (character: string): string => (character === ' ' ? '␣' : character);
const fixed = (value: number): number => Number(value.toFixed(1));
