import type { TrainEvent } from '@polytask/train';
import { relativeGain } from '../relative-gain.ts';
import { requireNumber } from '../require.ts';

export type TrainingWorkOptions = {
  /** Sees every event before the schedule goes on: the last one has the trained state. */
  readonly onEvent?: (event: TrainEvent) => void;
  /** How much the newest loss counts in the moving average that it is compared with: above 0, at most 1. Default: 0.1. */
  readonly rate?: number;
  /** Of a state of the schedule: where this work stood. */
  readonly from?: TrainingWorkState;
};

/** The moving average of the loss of each task: JSON. */
export type TrainingWorkState = Readonly<Record<string, number>>;

/**
 * The events of `fit` as the work of a job: one item for each step, the mean over its tasks of (m − L) / max(|m|, |L|), how far
 * the loss L is below its moving average m.
 *
 * Evaluations belong to the step after which they come.
 *
 * @throws RangeError for a rate out of range, or averages that are no numbers.
 */
export function trainingWork(
  events: AsyncIterable<TrainEvent>,
  { onEvent = () => {}, rate = 0.1, from = {} }: TrainingWorkOptions = {},
): AsyncGenerator<number, void, void> & { state(): TrainingWorkState } {
  requireNumber('trainingWork.rate', rate, Number.MIN_VALUE, 1);
  const averages = new Map(Object.entries(from));
  for (const [task, value] of averages) requireNumber(`trainingWork.from.${task}`, value, Number.NEGATIVE_INFINITY);
  return Object.assign(gains(events, { onEvent, rate, averages }), { state: () => Object.fromEntries(averages) });
}

async function* gains(
  events: AsyncIterable<TrainEvent>,
  {
    onEvent,
    rate,
    averages,
  }: { readonly onEvent: (event: TrainEvent) => void; readonly rate: number; readonly averages: Map<string, number> },
): AsyncGenerator<number, void, void> {
  for await (const event of events) {
    onEvent(event);
    if (event.type !== 'step') continue;
    const found = Object.entries(event.report.losses).flatMap(([task, loss]) => {
      if (loss === null) return [];
      const average = averages.get(task) ?? loss;
      averages.set(task, rate * loss + (1 - rate) * average);
      return [relativeGain(average, loss)];
    });
    yield found.length === 0 ? 0 : found.reduce((sum, gain) => sum + gain, 0) / found.length;
  }
}
