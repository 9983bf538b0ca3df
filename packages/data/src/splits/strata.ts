import { type Key, permutation } from '@polytask/base';
import { quantileBins } from './quantile-bins.ts';

/** The label of one task: one value, several at once, or null where it is missing. */
export type StratumLabel = string | number | null | readonly (string | number)[];

/** The labels of one example by task. */
export type StratumLabels = Readonly<Record<string, StratumLabel>>;

export type StrataOptions = {
  /** Tasks whose labels are numbers to cut into quantile bins, such as regression targets. */
  readonly numeric?: readonly string[];
  /** Bins per numeric task. Default: 5. */
  readonly bins?: number;
  /** 2 also keeps the share of every pair of labels of two tasks: twice as good, T²/2 strata per example. Default: 1. */
  readonly order?: 1 | 2;
};

/** The examples that share a label of a task. A unit is an example, or a group that has to stay together. */
export type Stratum = {
  readonly task: string;
  readonly label: string | number | null;
  /** Of two labels, and so not to be reported by itself. */
  readonly isPair: boolean;
  readonly units: readonly number[];
  /** Examples, not units. */
  readonly members: number;
};

export type Strata = {
  readonly strata: readonly Stratum[];
  /** For each unit its strata, and how many of its members carry each. */
  readonly ofUnit: readonly ReadonlyMap<number, number>[];
};

/** The strata of labels with their units in random order. */
export function strataOf(
  labels: readonly StratumLabels[],
  units: readonly (readonly number[])[],
  order: Key,
  options: StrataOptions = {},
): Strata {
  const rows = binned(labels, options);
  const strata: { task: string; label: string | number | null; isPair: boolean; units: number[]; members: number }[] =
    [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string, task: string, label: string | number | null, isPair: boolean) => {
    let number = numbers.get(name);
    if (number === undefined) {
      number = strata.length;
      numbers.set(name, number);
      strata.push({ task, label, isPair, units: [], members: 0 });
    }
    return number;
  };
  const ofUnit: Map<number, number>[] = units.map(() => new Map());
  for (const unit of permutation(order, units.length)) {
    const own = ofUnit[unit]!;
    const count = (number: number) => {
      const stratum = strata[number]!;
      stratum.members++;
      if (!own.has(number)) stratum.units.push(unit);
      own.set(number, (own.get(number) ?? 0) + 1);
    };
    for (const index of units[unit]!) {
      const carried: number[] = [];
      for (const [task, value] of Object.entries(rows[index]!)) {
        const values = Array.isArray(value) && value.length > 0 ? new Set(value as readonly (string | number)[]) : null;
        for (const label of values ?? [Array.isArray(value) ? '(none)' : (value as string | number | null)]) {
          carried.push(numberOf(JSON.stringify([task, label, Array.isArray(value)]), task, label, false));
        }
      }
      for (const number of carried) count(number);
      if (options.order !== 2) continue;
      for (let one = 0; one < carried.length; one++) {
        for (let other = one + 1; other < carried.length; other++) {
          const { task, label } = strata[carried[one]!]!;
          count(numberOf(`${carried[one]} ${carried[other]}`, task, label, true));
        }
      }
    }
  }
  return { strata, ofUnit };
}

function binned(labels: readonly StratumLabels[], { numeric = [], bins }: StrataOptions): readonly StratumLabels[] {
  if (numeric.length === 0) return labels;
  const columns = numeric.map((task): [string, (number | null)[]] => {
    const values = labels.map((row) => {
      const value = row[task] ?? null;
      if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
      throw new RangeError(`numeric: expected finite numbers or null in the task "${task}". Found ${typeof value}.`);
    });
    return [task, quantileBins(values, bins)];
  });
  return labels.map((row, index) => ({
    ...row,
    ...Object.fromEntries(columns.map(([task, values]) => [task, values[index]!])),
  }));
}
