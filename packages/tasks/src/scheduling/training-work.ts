import type { TrainEvent } from '@polytask/train';
import { relativeGain } from '../relative-gain.ts';
import { requireNumber } from '../require.ts';

export type TrainingWorkOptions = {
  /** Sees every event before the schedule goes on: the last one has the trained state. */
  readonly onEvent?: (event: TrainEvent) => void;
  /** How much the newest loss counts in the moving average that it is compared with: above 0, at most 1. Default: 0.1. */
  readonly rate?: number;
};

/**
 * The events of `fit` as the work of a job: one item for each step, the mean over its tasks of (m − L) / max(|m|, |L|), how far
 * the loss L is below its moving average m.
 *
 * Evaluations belong to the step after which they come.
 *
 * @throws RangeError for a rate out of range.
 */
export async function* trainingWork(
  events: AsyncIterable<TrainEvent>,
  { onEvent = () => {}, rate = 0.1 }: TrainingWorkOptions = {},
): AsyncGenerator<number, void, void> {
  requireNumber('trainingWork.rate', rate, Number.MIN_VALUE, 1);
  const averages = new Map<string, number>();
  for await (const event of events) {
    onEvent(event);
    if (event.type !== 'step') continue;
    const gains = Object.entries(event.report.losses).flatMap(([task, loss]) => {
      if (loss === null) return [];
      const average = averages.get(task) ?? loss;
      averages.set(task, rate * loss + (1 - rate) * average);
      return [relativeGain(average, loss)];
    });
    yield gains.length === 0 ? 0 : gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  }
}
