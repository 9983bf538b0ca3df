import type { Jacobian } from '@polytask/balance/testing';
import { fold, type Key, key, normal, permutation, uniform } from '@polytask/base';

/** A Jacobian of a known kind, and the orders that methods which draw them take, one for each task. */
export type Case = {
  readonly kind: string;
  readonly jacobian: Jacobian;
  readonly orders: readonly (readonly number[])[];
  readonly source: Key;
};

type Maker = (source: Key, tasks: number, width: number) => number[][];

const gaussian: Maker = (source, tasks, width) => {
  const numbers = normal(fold(source, 'numbers'), tasks * width);
  return Array.from({ length: tasks }, (_, i) => [...numbers.subarray(i * width, (i + 1) * width)]);
};
const drawn = (source: Key, name: string, count: number) => [...uniform(fold(source, name), count)];

/** Rows scaled by powers of ten from −decades/2 to decades/2. */
const rowsScaled = (rows: number[][], source: Key, decades: number) => {
  const exponents = drawn(source, 'exponents', rows.length);
  return rows.map((row, i) => row.map((value) => value * 10 ** ((exponents[i]! - 0.5) * decades)));
};

/** A product of a tasks × rank and a rank × width matrix. */
const ofRank: (rank: number) => Maker = (rank) => (source, tasks, width) => {
  const left = gaussian(fold(source, 'left'), tasks, rank);
  const right = gaussian(fold(source, 'right'), rank, width);
  return left.map((row) => right[0]!.map((_, p) => row.reduce((sum, value, k) => sum + value * right[k]![p]!, 0)));
};

const makers: Record<string, Maker> = {
  normal: gaussian,
  // All in one half-space: few conflicts.
  agreeing: (source, tasks, width) => {
    const [common] = gaussian(fold(source, 'common'), 1, width);
    return gaussian(source, tasks, width).map((row) => row.map((value, p) => value + 1.5 * common![p]!));
  },
  // Minus nine tenths of the mean: every task against the others.
  conflicting: (source, tasks, width) => {
    const rows = gaussian(source, tasks, width);
    const mean = rows[0]!.map((_, p) => rows.reduce((sum, row) => sum + row[p]!, 0) / tasks);
    return rows.map((row) => row.map((value, p) => value - 0.9 * mean[p]!));
  },
  'more tasks than parameters': (source, tasks) => gaussian(source, tasks, Math.max(1, Math.floor(tasks / 2))),
  'half the rank': (source, tasks, width) => ofRank(Math.max(1, Math.floor(tasks / 2)))(source, tasks, width),
  'nearly dependent': (source, tasks, width) => {
    const low = ofRank(Math.max(1, Math.floor(tasks / 2)))(fold(source, 'low'), tasks, width);
    const noise = gaussian(fold(source, 'noise'), tasks, width);
    return low.map((row, i) => row.map((value, p) => value + 1e-3 * noise[i]![p]!));
  },
  'lengths over 6 decades': (source, tasks, width) => rowsScaled(gaussian(source, tasks, width), source, 6),
  'a zero row': (source, tasks, width) => {
    const rows = gaussian(source, tasks, width);
    rows[tasks - 1] = rows[0]!.map(() => 0);
    return rows;
  },
  'equal rows': (source, tasks, width) => {
    const rows = gaussian(source, tasks, width);
    rows[tasks - 1] = [...rows[0]!];
    return rows;
  },
  'opposed rows': (source, tasks, width) => {
    const rows = gaussian(source, tasks, width);
    rows[tasks - 1] = rows[0]!.map((value) => -value);
    return rows;
  },
};

export const kinds: readonly string[] = Object.keys(makers);

/** `count` Jacobians of every kind in turn, of 2 to 12 tasks, at scales from 10⁻⁶ to 10⁶. */
export function conformanceCases(count: number, seed: number): Case[] {
  return Array.from({ length: count }, (_, index) => {
    const source = fold(key(seed), index);
    const kind = kinds[index % kinds.length]!;
    const [first, second, third] = drawn(source, 'shape', 3);
    const tasks = 2 + Math.floor(11 * first!);
    const width = tasks + 1 + Math.floor(40 * second!);
    const scale = 10 ** Math.round(12 * third! - 6);
    const rows = makers[kind]!(source, tasks, width);
    return {
      kind,
      source,
      jacobian: rows.map((row) => row.map((value) => value * scale)),
      orders: rows.map((_, i) => [...permutation(fold(source, i), tasks)]),
    };
  });
}
