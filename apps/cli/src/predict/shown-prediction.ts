import type { TaskPrediction } from '@polytask/run';

type Box = Extract<TaskPrediction, { readonly boxes: unknown }>['boxes'][number];

/** What a task answers, nothing where that is no label, span or box, and how sure it is: a probability from 0 to 1, a deviation in the answer's unit, or nothing that says so. */
export type ShownPrediction = {
  readonly answer: string;
  readonly probability?: number;
  readonly deviation?: number;
};

export function shownPrediction(prediction: TaskPrediction): ShownPrediction {
  if ('label' in prediction) return { answer: prediction.label, probability: prediction.probability };
  if ('text' in prediction) return { answer: prediction.text };
  if ('labels' in prediction) return { answer: prediction.labels.join(', ') };
  if ('spans' in prediction)
    return {
      answer: prediction.spans.map((span) => `${span.label}: ${span.text ?? wordsAt(span)}`).join(', '),
    };
  if ('boxes' in prediction) return { answer: prediction.boxes.map(shownBox).join(', ') };
  const { value, deviation } = prediction;
  return { answer: String(Number(value.toPrecision(6))), ...(deviation !== undefined && { deviation }) };
}

/** Where no text is known. */
const wordsAt = ({ start, end }: { readonly start: number; readonly end: number }): string =>
  end - start === 1 ? `word ${start + 1}` : `words ${start + 1}–${end}`;

/** `red 0.93 at 12, 4, 30 × 20`: the upper left corner and the size, in the unit of the run. */
function shownBox({ label, score, x, y, width, height }: Box): string {
  const short = (value: number) => String(Number(value.toPrecision(3)));
  return `${label} ${score.toFixed(2)} at ${short(x)}, ${short(y)}, ${short(width)} × ${short(height)}`;
}

/** The second column of a task in tables of predictions. */
export const certainty = ({ probability, deviation }: ShownPrediction): string =>
  probability !== undefined
    ? probability.toFixed(4)
    : deviation !== undefined
      ? String(Number(deviation.toPrecision(4)))
      : '';
