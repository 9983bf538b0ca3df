import type { Metric } from './metric.ts';

/** Evidence that grows batch by batch. */
export type Accumulator<Batch, State, Value> = {
  add(batch: Batch): void;
  value(): Value;
  /** The evidence so far: send it elsewhere and merge it there. */
  state(): State;
};

/** A metric with a memory, for loops that want `add` and `value`; `state` continues earlier evidence. */
export function accumulator<Batch, State, Value>(
  metric: Metric<Batch, State, Value>,
  state: State = metric.empty,
): Accumulator<Batch, State, Value> {
  let current = state;
  return {
    add: (batch) => {
      current = metric.merge(current, metric.observe(batch));
    },
    value: () => metric.compute(current),
    state: () => current,
  };
}
