import type { TaskPrediction } from '@polytask/run';

/** What a task answers, and how sure it is: a probability from 0 to 1, a deviation in the answer's unit, or nothing that says so. */
export type ShownPrediction = {
  readonly answer: string;
  readonly probability?: number;
  readonly deviation?: number;
};

export function shownPrediction(prediction: TaskPrediction): ShownPrediction {
  if ('label' in prediction) return { answer: prediction.label, probability: prediction.probability };
  if ('text' in prediction) return { answer: prediction.text };
  const { value, deviation } = prediction;
  return { answer: String(Number(value.toPrecision(6))), ...(deviation !== undefined && { deviation }) };
}

/** The second column of a task in tables of predictions. */
export const certainty = ({ probability, deviation }: ShownPrediction): string =>
  probability !== undefined
    ? probability.toFixed(4)
    : deviation !== undefined
      ? String(Number(deviation.toPrecision(4)))
      : '';
