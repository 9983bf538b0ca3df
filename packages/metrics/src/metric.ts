/**
 * Evidence, and a reading of it.
 *
 * `observe` turns a batch into evidence, `merge` joins two pieces of evidence and `compute` reads the value off. `merge` is
 * associative, `empty` is its identity, and observing two batches and merging is observing their concatenation: so batches,
 * workers and machines may share the work in any way. `State` is plain data and survives JSON.
 *
 * Any object that fits, fits; `describeMetricLaws` from `@polytask/metrics/testing` proves that it does.
 */
export interface Metric<Batch, State, Value> {
  readonly name: string;
  readonly empty: State;
  observe(batch: Batch): State;
  merge(left: State, right: State): State;
  compute(state: State): Value;
  /** Where better values lie. */
  readonly direction: 'up' | 'down';
}
