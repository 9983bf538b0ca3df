import { quote } from '@polytask/base';

export type LinearCkaOptions = {
  /** Whether the bias of few examples is taken out; needs at least 4 of them. Default: false. */
  readonly unbiased?: boolean;
};

/**
 * Linear centred kernel alignment, CKA(X, Y) = HSIC(XXᵀ, YYᵀ) / √(HSIC(XXᵀ, XXᵀ) HSIC(YYᵀ, YYᵀ)): how alike two representations of the same
 * examples are, whatever their rotation, scale and shift. From 0 to 1; the unbiased one is about 0, and may be below, where nothing is alike.
 *
 * @param left [examples][features] @param right [examples][features], features may be others.
 * @returns NaN where a representation does not vary.
 * @throws RangeError when the examples are not the same number, or too few.
 *
 * Kornblith, Norouzi, Lee & Hinton, ICML 2019. The unbiased HSIC is that of Song, Smola, Gretton, Bedo & Borgwardt, JMLR 2012.
 */
export function linearCka(
  left: readonly ArrayLike<number>[],
  right: readonly ArrayLike<number>[],
  { unbiased = false }: LinearCkaOptions = {},
): number {
  const least = unbiased ? 4 : 2;
  if (left.length !== right.length || left.length < least)
    throw new RangeError(
      `linearCka: expected as many examples on both sides, at least ${least}. Found ${quote([left.length, right.length])}.`,
    );
  const [k, l] = [products(left), products(right)];
  const hsic = unbiased ? unbiasedHsic : biasedHsic;
  const product = hsic(k, k) * hsic(l, l);
  return product > 0 ? hsic(k, l) / Math.sqrt(product) : Number.NaN;
}

/** XXᵀ of the centred features, which keeps the numbers small; both estimates are blind to the shift. */
function products(rows: readonly ArrayLike<number>[]): Float64Array[] {
  const width = rows[0]!.length;
  if (rows.some((row) => row.length !== width))
    throw new RangeError('linearCka: expected as many features in every example. Found other numbers.');
  const means = Array.from({ length: width }, (_, at) => rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length);
  const centred = rows.map((row) => Float64Array.from(row, (value, at) => value - means[at]!));
  return centred.map((one) =>
    Float64Array.from(centred, (other) => one.reduce((sum, value, at) => sum + value * other[at]!, 0)),
  );
}

/** tr(KHLH) of kernels that are centred already. */
const biasedHsic = (k: readonly Float64Array[], l: readonly Float64Array[]): number =>
  k.reduce((sum, row, i) => sum + row.reduce((inner, value, j) => inner + value * l[i]![j]!, 0), 0);

/** [tr(KL) + (1ᵀK1)(1ᵀL1) / ((n − 1)(n − 2)) − 2/(n − 2)·1ᵀKL1] / (n(n − 3)) of kernels whose diagonal is 0. */
function unbiasedHsic(k: readonly Float64Array[], l: readonly Float64Array[]): number {
  const n = k.length;
  const sums = (kernel: readonly Float64Array[]) =>
    kernel.map((row, i) => row.reduce((sum, value, j) => (i === j ? sum : sum + value), 0));
  const [kSums, lSums] = [sums(k), sums(l)];
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const trace = total(k.map((row, i) => row.reduce((sum, value, j) => (i === j ? sum : sum + value * l[i]![j]!), 0)));
  const both = (total(kSums) * total(lSums)) / ((n - 1) * (n - 2));
  const mixed = total(kSums.map((value, i) => value * lSums[i]!));
  return (trace + both - (2 / (n - 2)) * mixed) / (n * (n - 3));
}
