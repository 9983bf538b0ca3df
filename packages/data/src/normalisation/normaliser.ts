/**
 * A scale for one column: statistics of the training values, the way there and the way back. Specs are JSON.
 *
 * NaN (missing) is left out of the statistics and passes through; constant columns become 0 and come back as they were.
 */
export interface Normaliser<Spec = unknown> {
  readonly name: string;
  /** Statistics of the finite training values. @throws PolytaskError data E2250 when there is none, or one that the scale has no place for. */
  fit(training: ArrayLike<number>): Spec;
  apply(values: ArrayLike<number>, spec: Spec): Float64Array;
  /** The values that `apply` took to these. */
  invert(values: ArrayLike<number>, spec: Spec): Float64Array;
}

export const mapped = (values: ArrayLike<number>, map: (value: number) => number): Float64Array => {
  const results = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) results[at] = map(values[at]!);
  return results;
};
