import { fold, type Key, key, normal, uniform } from '@polytask/base';
import type { Jacobian } from './jacobian.ts';

/** What is known of a Jacobian: whether weights v ≥ 0 can make its rows cancel. */
export type MatrixSamples = {
  /** Of ranks below and up to the full one, and without columns to speak of. */
  readonly normal: readonly Jacobian[];
  readonly zero: readonly Jacobian[];
  /** The normal ones times 0, 10⁻¹⁰, 10³, 10⁵, 10¹⁰ and 10¹⁵. */
  readonly scaled: readonly Jacobian[];
  /** Some v > 0 has vᵀJ = 0: strongly stationary. */
  readonly strong: readonly Jacobian[];
  /** Some v ≥ 0, v ≠ 0, has vᵀJ = 0, but no v > 0. */
  readonly strictlyWeak: readonly Jacobian[];
  /** No v ≥ 0, v ≠ 0, has vᵀJ = 0: some direction improves every task. */
  readonly nonWeak: readonly Jacobian[];
  /** zero, normal, strong, strictlyWeak and nonWeak. */
  readonly typical: readonly Jacobian[];
};

const normalShapes = [
  [1, 1, 1],
  [4, 3, 1],
  [4, 3, 2],
  [4, 3, 3],
  [9, 11, 5],
  [9, 11, 9],
] as const;
const zeroShapes = [
  [1, 1],
  [4, 3],
  [9, 11],
] as const;
const stationaryShapes = [
  [20, 10, 10],
  [20, 10, 5],
  [20, 10, 1],
  [20, 100, 1],
  [20, 100, 19],
] as const;

/** Jacobians of the kinds that methods for several objectives are told apart by, drawn from a seed. */
export function matrixSamples(seed = 1): MatrixSamples {
  const source = key(seed);
  const drawn = (name: string, index: number) => fold(fold(source, name), index);
  const normal = normalShapes.map(([m, n, r], i) => withLeft(drawn('normal', i), m, n, r, [], []));
  const zero = zeroShapes.map(([m, n]) => Array.from({ length: m }, () => new Array<number>(n).fill(0)));
  const scaled = [0, 1e-10, 1e3, 1e5, 1e10, 1e15].flatMap((factor) =>
    normal.map((matrix) => matrix.map((row) => row.map((value) => value * factor))),
  );
  const positive = (name: string, i: number, m: number) => [...uniform(drawn(name, i), m)].map((value) => 0.1 + value);
  const strong = stationaryShapes.map(([m, n, r], i) =>
    withLeft(drawn('strong', i), m, n, r, [], [positive('v', i, m)]),
  );
  const strictlyWeak = stationaryShapes.map(([m, n, r], i) => {
    const values = positive('weak', i, m);
    const v = values.map((value, row) => (row < m / 2 ? value : 0));
    const u = values.map((value, row) => (row < m / 2 ? 0 : value));
    return withLeft(drawn('strictlyWeak', i), m, n, r, [u], [v]);
  });
  const nonWeak = stationaryShapes.map(([m, n, r], i) =>
    withLeft(drawn('nonWeak', i), m, n, r, [positive('u', i, m)], []),
  );
  const typical = [...zero, ...normal, ...strong, ...strictlyWeak, ...nonWeak];
  return { normal, zero, scaled, strong, strictlyWeak, nonWeak, typical };
}

/** An m × n matrix U |N(0, 1)| Vᵀ of rank r, whose left singular vectors begin with `first` and are orthogonal to `avoided`. */
function withLeft(
  source: Key,
  m: number,
  n: number,
  r: number,
  first: readonly (readonly number[])[],
  avoided: readonly (readonly number[])[],
): number[][] {
  const out = avoided.map(unit);
  const left = orthonormal(fold(source, 'left'), m, r, first, out);
  const right = orthonormal(fold(source, 'right'), n, r, [], []);
  const values = [...normal(fold(source, 'values'), r)].map((value) => 0.05 + Math.abs(value));
  return Array.from({ length: m }, (_, i) =>
    Array.from({ length: n }, (_, j) =>
      values.reduce((sum, value, k) => sum + left[k]![i]! * value * right[k]![j]!, 0),
    ),
  );
}

/** `count` orthonormal vectors that begin with those given and are orthogonal to `avoided`. */
function orthonormal(
  source: Key,
  length: number,
  count: number,
  given: readonly (readonly number[])[],
  avoided: readonly (readonly number[])[],
): number[][] {
  const found: number[][] = [];
  for (let k = 0; k < count; k++) {
    let vector = [...(given[k] ?? normal(fold(source, k), length))];
    // Twice: once leaves rounding errors of nearly parallel vectors.
    for (let pass = 0; pass < 2; pass++)
      for (const other of [...avoided, ...found]) {
        const part = vector.reduce((sum, value, i) => sum + value * other[i]!, 0);
        vector = vector.map((value, i) => value - part * other[i]!);
      }
    found.push(unit(vector));
  }
  return found;
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
