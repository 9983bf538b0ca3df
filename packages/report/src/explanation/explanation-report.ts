import { picture } from '../contact-sheet.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, decimal, percent } from '../numbers.ts';
import { type PageSection, page } from '../page.ts';
import type { ExplainedInput, ExplainedPrediction, ExplainedTask } from './explained.ts';
import { coloured, partTable } from './parts.ts';
import { spikePlot } from './spike-plot.ts';

/**
 * One page on predictions: each input with its parts in the colour of what they change, and the characters of transcripts over the log-mel bands of
 * their sounds.
 */
export function explanationReport(
  explained: readonly ExplainedPrediction[],
  { name }: { readonly name: string },
): string {
  const sections: PageSection[] = explained.map(({ id, input, tasks }, at) => ({
    id: letters(at),
    title: id,
    content: html`${whole(input)}${Object.entries(tasks).map(([task, one]) => section(task, one, input))}`,
  }));
  return page(
    `Why: ${name}`,
    html`<p>The predictions for ${counted(explained.length, 'input')}. Every part of an input was taken out in turn: <span class="part-1" style="--share:1.000">this colour</span> marks parts that
speak for the prediction, <span class="part-2" style="--share:1.000">this one</span> those against it, the stronger the more the prediction changes. What changes nothing alone may still count together with others.</p>`,
    sections,
  );
}

function whole(input: ExplainedInput): Html | undefined {
  if (input.kind === 'text') return html`<p>${foreign(input.pieces.map(({ text }) => text).join(''))}</p>`;
  if (input.kind === 'sound') return html`<p class="quiet">${decimal(input.seconds)} s</p>`;
  if (input.kind === 'image') return html`<p class="quiet">${input.width} × ${input.height}, as the model sees it</p>`;
  return undefined;
}

function section(task: string, { prediction, occlusion, spikes }: ExplainedTask, input: ExplainedInput): Html {
  const shown = pictureOf(input);
  return html`<h3>${foreign(task)}: ${foreign(answerOf(prediction))}${occlusion && certainty(occlusion, 'labels' in prediction)}</h3>
${occlusion && html`<figure>${coloured(input, occlusion.changes, shown)}${partTable(input, occlusion.changes, occlusion.label)}</figure>`}
${spikes && input.kind === 'sound' && spikePlot(spikes, shown, input.seconds)}
${!occlusion && !spikes && html`<p class="quiet">Its answer has no one number to follow.</p>`}`;
}

const pictureOf = (input: ExplainedInput): Html =>
  input.kind === 'image'
    ? picture(input.picture, 'The image')
    : input.kind === 'sound'
      ? picture(input.logMel, 'Log-mel bands of the sound')
      : html``;

/** The probability that is followed; of a set of labels, that of the one named. */
const certainty = ({ label, score }: NonNullable<ExplainedTask['occlusion']>, isSet: boolean): Html | undefined =>
  label === null ? undefined : html` <span class="quiet">${isSet && html`${foreign(label)} `}${percent(score)}</span>`;

function answerOf(prediction: object): string {
  const { label, text, labels, value, spans, boxes } = prediction as Readonly<Record<string, unknown>>;
  if (typeof label === 'string') return label || '–';
  if (typeof text === 'string') return `“${text}”`;
  if (typeof value === 'number') return decimal(value);
  if (Array.isArray(labels)) return labels.join(', ') || '–';
  if (Array.isArray(spans)) return listed(spans.map(shownSpan)) || '–';
  return Array.isArray(boxes) ? listed(boxes.map(({ label: of }: { readonly label: string }) => of)) || '–' : '–';
}

type SpanOfWords = { readonly label: string; readonly start: number; readonly end: number; readonly text?: string };

const shownSpan = ({ label, start, end, text }: SpanOfWords): string =>
  `${label}: ${text ?? (end - start === 1 ? `word ${start + 1}` : `words ${start + 1}–${end}`)}`;

const mostListed = 20;

const listed = (names: readonly string[]): string =>
  [...names.slice(0, mostListed), ...(names.length > mostListed ? [`… ${names.length - mostListed} more`] : [])].join(
    ', ',
  );

/** a, b, …, z, aa: places in a page have names of letters. */
function letters(at: number): string {
  const last = String.fromCharCode(97 + (at % 26));
  return at < 26 ? `in${last}` : letters(Math.floor(at / 26) - 1) + last;
}
