/**
 * A number that depends on sizes s₀, s₁, … and is linear in each: Σ cₘ · Πᵢ∈ₘ sᵢ over the subsets m of the sizes. Entry m of the list is cₘ, bit i
 * of m stands for sᵢ. One size: c₀ + c₁·s₀.
 */
export type Form = readonly number[];

/** The form that has these values where each size is low or high: value m where the sizes of subset m are high. */
export function fitForm(values: readonly number[], low: readonly number[], high: readonly number[]): Form {
  if (values.length === 1) return values;
  const half = values.length / 2;
  const last = Math.log2(half);
  const below = fitForm(values.slice(0, half), low, high);
  const above = fitForm(values.slice(half), low, high);
  const slopes = above.map((value, at) => (value - below[at]!) / (high[last]! - low[last]!));
  return [...below.map((value, at) => value - slopes[at]! * low[last]!), ...slopes];
}

export const numberAt = (form: Form, sizes: readonly number[]): number =>
  form.reduce((sum, coefficient, subset) => (coefficient === 0 ? sum : sum + coefficient * product(subset, sizes)), 0);

const product = (subset: number, sizes: readonly number[]): number =>
  sizes.reduce((result, size, at) => (subset & (1 << at) ? result * size : result), 1);

export const isFixed = (form: Form): boolean => form.every((coefficient, subset) => subset === 0 || coefficient === 0);

/** `8`, `batch`, `2·batch + 1`: for messages and for the axes of a file. */
export function describeForm(form: Form, names: readonly string[]): string {
  const terms = form.flatMap((coefficient, subset) => {
    if (coefficient === 0) return [];
    const factors = names.filter((_, at) => subset & (1 << at));
    return factors.length === 0
      ? [`${coefficient}`]
      : [[...(coefficient === 1 ? [] : [coefficient]), ...factors].join('·')];
  });
  return terms.length === 0 ? '0' : terms.reverse().join(' + ');
}
