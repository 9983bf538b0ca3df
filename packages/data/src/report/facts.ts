import { columnNamed } from '../cleaning/columns.ts';
import { type NearDuplicateOptions, nearDuplicates } from '../cleaning/near-duplicates.ts';
import { type Column, cellOf, selectCells, type Table } from '../table/table.ts';
import { type Drift, kolmogorovSmirnov, populationStabilityIndex } from './drift.ts';
import { equalEdges, type Histogram, histogram, quantileEdges } from './histogram.ts';
import type { NamesOf } from './measured-labels.ts';

/** Rows of each part by name, such as `{ train, validation, test }`. The first part is the training part. */
export type Parts = Readonly<Record<string, ArrayLike<number>>>;

type Labels = Readonly<Record<string, ArrayLike<string | number | null>>>;

/** Which cells are missing: per column, and along the rows in blocks of equal size. */
export type MissingMap = {
  readonly rows: number;
  readonly rowsPerBlock: number;
  readonly columns: readonly {
    readonly column: string;
    readonly missing: number;
    readonly fraction: number;
    /** The share of missing cells in each block of rows, 0 to 1. */
    readonly blocks: readonly number[];
  }[];
  /** The columns that are missing together, the most frequent combinations first, at most 20. */
  readonly patterns: readonly { readonly columns: readonly string[]; readonly rows: number }[];
};

/** A map of missing values: `blocks` (default 100) says how many pieces the rows are cut into. */
export function missingMap(
  { rowCount, columns }: Table,
  { blocks = 100 }: { readonly blocks?: number } = {},
): MissingMap {
  const rowsPerBlock = Math.max(1, Math.ceil(rowCount / blocks));
  const patterns = new Map<string, number>();
  const names = Object.keys(columns);
  const marks = names.map((name) =>
    Uint8Array.from({ length: rowCount }, (_, row) => Number(cellOf(columns[name]!, row) === null)),
  );
  for (let row = 0; row < rowCount; row++) {
    let pattern = '';
    for (let at = 0; at < names.length; at++) if (marks[at]![row] === 1) pattern += `${at},`;
    if (pattern !== '') patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
  }
  const shares = (mark: Uint8Array) =>
    Array.from({ length: Math.ceil(rowCount / rowsPerBlock) }, (_, block) => {
      const part = mark.subarray(block * rowsPerBlock, (block + 1) * rowsPerBlock);
      return sum(part) / part.length;
    });
  return {
    rows: rowCount,
    rowsPerBlock,
    columns: names.map((column, at) => {
      const missing = sum(marks[at]!);
      return { column, missing, fraction: rowCount === 0 ? 0 : missing / rowCount, blocks: shares(marks[at]!) };
    }),
    patterns: [...patterns]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, 20)
      .map(([pattern, rows]) => ({
        columns: pattern
          .slice(0, -1)
          .split(',')
          .map((at) => names[Number(at)]!),
        rows,
      })),
  };
}

/** How many rows have labels of two tasks at once: `counts[i][j]` of tasks i and j; the diagonal is the labels of a task. */
export function labelOverlap(labels: Labels): {
  readonly tasks: readonly string[];
  readonly counts: readonly (readonly number[])[];
  readonly unlabelled: number;
} {
  const tasks = Object.keys(labels);
  const counts = tasks.map(() => new Array<number>(tasks.length).fill(0));
  const rowCount = Math.max(0, ...tasks.map((task) => labels[task]!.length));
  let unlabelled = 0;
  for (let row = 0; row < rowCount; row++) {
    const present = tasks.flatMap((task, at) => (isLabel(labels[task]![row]) ? [at] : []));
    if (present.length === 0) unlabelled++;
    for (const i of present) for (const j of present) counts[i]![j]!++;
  }
  return { tasks, counts, unlabelled };
}

/** How often each class of a task stands in each part, and how many rows of the part have no label. */
export type ClassCounts = {
  readonly task: string;
  readonly classes: readonly string[];
  readonly parts: readonly { readonly part: string; readonly counts: readonly number[]; readonly missing: number }[];
  /** Classes of another part that the training part does not have. */
  readonly unseen: readonly string[];
};

/**
 * Class counts of each task × part; classes by their number in all parts, most frequent first.
 *
 * @param namesOf Of tasks whose labels name several classes at once, which ones. A label of the other tasks is a class.
 */
export function classCounts(
  labels: Labels,
  parts: Parts,
  namesOf: Readonly<Record<string, NamesOf>> = {},
): ClassCounts[] {
  return Object.entries(labels).map(([task, list]) => {
    const names = (Object.hasOwn(namesOf, task) && namesOf[task]) || ((label: string) => [label]);
    const counted = Object.entries(parts).map(([part, rows]) => {
      const counts = new Map<string, number>();
      let missing = 0;
      for (let at = 0; at < rows.length; at++) {
        const label = list[rows[at]!];
        if (!isLabel(label)) missing++;
        else for (const name of names(String(label))) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return { part, counts, missing };
    });
    const total = (label: string) => counted.reduce((before, { counts }) => before + (counts.get(label) ?? 0), 0);
    const classes = [...new Set(counted.flatMap(({ counts }) => [...counts.keys()]))].sort(
      (a, b) => total(b) - total(a) || (a < b ? -1 : 1),
    );
    return {
      task,
      classes,
      parts: counted.map(({ part, counts, missing }) => ({
        part,
        counts: classes.map((label) => counts.get(label) ?? 0),
        missing,
      })),
      unseen: classes.filter((label) => !counted[0]?.counts.has(label)),
    };
  });
}

/** The distribution of each column of numbers in both tables, over the same edges. */
export function beforeAfter(
  before: Table,
  after: Table,
  { bins = 20 } = {},
): { readonly column: string; readonly before: Histogram; readonly after: Histogram }[] {
  return Object.entries(before.columns).flatMap(([column, was]) => {
    const is = Object.hasOwn(after.columns, column) ? after.columns[column]! : undefined;
    if (was.type !== 'number' || is?.type !== 'number') return [];
    const edges = equalEdges(was.values, bins);
    const all = edges.length > 0 ? edges : equalEdges(is.values, bins);
    return [{ column, before: histogram(was.values, all), after: histogram(is.values, all) }];
  });
}

export type ColumnDrift = { readonly column: string; readonly part: string } & Drift;

/**
 * The drift of every column from the first part to each other one, the strongest first: PSI over deciles of the first part (numbers; over
 * the numbers themselves where there are up to 20) or over categories (texts with up to 100; ids and free texts are left out), and Kolmogorov–Smirnov for numbers.
 */
export function driftBetween({ columns }: Table, parts: Parts): ColumnDrift[] {
  const [first, ...others] = Object.entries(parts);
  if (first === undefined) return [];
  return Object.entries(columns)
    .flatMap(([column, cells]) => {
      const base = selectCells(cells, first[1]);
      return others.flatMap(([part, rows]): ColumnDrift[] => {
        const other = selectCells(cells, rows);
        if (base.type === 'number' && other.type === 'number') {
          const [expected, actual] = sharedCounts(base.values, other.values);
          const psi = populationStabilityIndex(expected, actual);
          const found = kolmogorovSmirnov(base.values, other.values);
          return [{ column, part, psi, ...(found ? { kolmogorovSmirnov: found } : {}) }];
        }
        const counts = [base, other].map(categories);
        const names = [...new Set(counts.flatMap((one) => [...one.keys()]))];
        if (names.length > 101) return [];
        const list = counts.map((one) => names.map((name) => one.get(name) ?? 0));
        return [{ column, part, psi: populationStabilityIndex(list[0]!, list[1]!) }];
      });
    })
    .filter(({ psi }) => !Number.isNaN(psi))
    .sort((a, b) => b.psi - a.psi);
}

/** Two parts that share groups: near-duplicates, patients, … `examples` are pairs of rows, at most 5. */
export type PartLeak = {
  readonly parts: readonly [string, string];
  readonly groups: number;
  /** Rows of the first and of the second part that are in such groups. */
  readonly rows: readonly [number, number];
  readonly examples: readonly (readonly [number, number])[];
};

/** The groups (a number per row) that stand in two parts at once, for every pair of parts that has any. */
export function groupLeaks(groups: ArrayLike<number | string | null>, parts: Parts): PartLeak[] {
  const members = Object.entries(parts).map(([part, rows]) => {
    const byGroup = new Map<number | string, number[]>();
    for (let at = 0; at < rows.length; at++) {
      const group = groups[rows[at]!] ?? null;
      if (group === null) continue; // nobody's
      const known = byGroup.get(group);
      if (known) known.push(rows[at]!);
      else byGroup.set(group, [rows[at]!]);
    }
    return { part, byGroup };
  });
  return members.flatMap((one, at) =>
    members.slice(at + 1).flatMap((other): PartLeak[] => {
      const shared = [...one.byGroup.keys()].filter((group) => other.byGroup.has(group));
      if (shared.length === 0) return [];
      const rowsIn = (of: typeof one) =>
        shared.reduce<number>((count, group) => count + of.byGroup.get(group)!.length, 0);
      const examples = shared
        .slice(0, 5)
        .map((group) => [one.byGroup.get(group)![0]!, other.byGroup.get(group)![0]!] as const);
      return [{ parts: [one.part, other.part], groups: shared.length, rows: [rowsIn(one), rowsIn(other)], examples }];
    }),
  );
}

/** Near-duplicates among the texts, and those that stand in two parts at once. */
export function duplicateFacts(texts: ArrayLike<string | null>, parts: Parts, options: NearDuplicateOptions) {
  const { groups, uncompared } = nearDuplicates(texts, options);
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const repeated = [...sizes.values()].filter((size) => size > 1);
  return {
    groups: repeated.length,
    rows: repeated.reduce((count, size) => count + size, 0),
    uncompared,
    leaks: groupLeaks(groups, parts),
  };
}

/** Lengths of texts in characters (UTF-16 units), of all rows that have one. */
export type LengthFacts = {
  readonly histogram: Histogram;
  readonly shortest: number;
  readonly median: number;
  readonly longest: number;
};

/**
 * The histogram of a column's text lengths; undefined when it has no text.
 *
 * @throws RangeError when there is no such column. @throws TypeError when it holds numbers.
 */
export function lengthFacts({ columns }: Table, name: string, { bins = 20 } = {}): LengthFacts | undefined {
  const column = columnNamed(columns, name);
  if (column.type !== 'text') throw new TypeError(`${name}: expected a column of texts. Found numbers.`);
  const lengths = Float64Array.from(column.values.flatMap((text) => (text === null ? [] : [text.length]))).sort();
  if (lengths.length === 0) return undefined;
  return {
    histogram: histogram(lengths, equalEdges(lengths, bins)),
    shortest: lengths[0]!,
    median: lengths[lengths.length >> 1]!,
    longest: lengths[lengths.length - 1]!,
  };
}

const isLabel = (label: string | number | null | undefined) =>
  label !== null && label !== undefined && !Number.isNaN(label);

const sum = (values: Uint8Array) => values.reduce((total, value) => total + value, 0);

const fewNumbers = 20;

// Counts over the same bins; numbers that the first side does not have and missing values are bins of their own where there are few numbers.
function sharedCounts(first: Float64Array, second: Float64Array): [number[], number[]] {
  const known = [...new Set(first)].filter((value) => !Number.isNaN(value)).slice(0, fewNumbers + 1);
  if (known.length <= fewNumbers) {
    const places = new Map(known.map((value, at) => [value, at]));
    const count = (values: Float64Array) => {
      const counts = new Array<number>(known.length + 2).fill(0);
      for (const value of values)
        counts[Number.isNaN(value) ? known.length + 1 : (places.get(value) ?? known.length)]!++;
      return counts;
    };
    return [count(first), count(second)];
  }
  // what lies outside of the first side's range belongs to its outermost bins
  const edges = [Number.NEGATIVE_INFINITY, ...quantileEdges(first, 10).slice(1, -1), Number.POSITIVE_INFINITY];
  const count = (values: Float64Array) => {
    const { counts, missing } = histogram(values, edges);
    return [...counts, missing];
  };
  return [count(first), count(second)];
}

function categories(column: Column): Map<string | null, number> {
  const counts = new Map<string | null, number>();
  for (let row = 0; row < column.values.length; row++) {
    const cell = cellOf(column, row);
    const name = cell === null ? null : String(cell);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
