import { type Cell, numberOfCell, type Source } from '@polytask/data';

/** What the values of one column look like. */
export type ColumnProfile = {
  readonly name: string;
  /** Rows with a value. */
  readonly present: number;
  /** Values that are lists or objects. */
  readonly nested: number;
  /** Values that read as numbers and are not whole. */
  readonly fractional: number;
  readonly numeric: number;
  readonly meanLength: number;
  /** How often each value appears, most frequent first. Complete only up to `distinctLimit` values. */
  readonly counts: readonly (readonly [value: string, count: number])[];
};

export type FileProfile = {
  readonly rows: number;
  /** Rows that could not be read. */
  readonly bad: number;
  /** Whether the file goes on after the rows that were read. */
  readonly isSample: boolean;
  readonly columns: readonly ColumnProfile[];
};

const rowLimit = 20_000;
const distinctLimit = 20_000;
/** More whole numbers than these are no classes. */
export const mostNumberedClasses = 12;

type Tally = {
  present: number;
  nested: number;
  fractional: number;
  numeric: number;
  /** Words that stand for a missing number, such as `NA`, by how often. */
  markers: Map<string, number>;
  characters: number;
  counts: Map<string, number>;
};

/** Reads the first 20,000 rows of a source and counts. */
export async function profileFile(source: Source): Promise<FileProfile> {
  const tallies = new Map<string, Tally>();
  let [rows, bad, isSample] = [0, 0, false];
  for await (const row of source) {
    if (rows + bad >= rowLimit) {
      isSample = true;
      break;
    }
    if ('bad' in row) {
      bad++;
      continue;
    }
    rows++;
    for (const [name, value] of Object.entries(row.values)) {
      if (!tallies.has(name))
        tallies.set(name, {
          present: 0,
          nested: 0,
          fractional: 0,
          numeric: 0,
          markers: new Map(),
          characters: 0,
          counts: new Map(),
        });
      add(tallies.get(name)!, value);
    }
  }
  return { rows, bad, isSample, columns: Array.from(tallies, ([name, tally]) => finish(name, tally)) };
}

function add(tally: Tally, value: Cell): void {
  if (value === null || (typeof value === 'string' && value.trim() === '')) return;
  tally.present++;
  if (typeof value === 'object') {
    tally.nested++;
    return;
  }
  const text = String(value).trim();
  const number = typeof value === 'boolean' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) tally.numeric++;
  if (Number.isFinite(number) && !Number.isInteger(number)) tally.fractional++;
  if (typeof value === 'string' && !Number.isFinite(number) && numberOfCell(text) === null)
    tally.markers.set(text, (tally.markers.get(text) ?? 0) + 1);
  tally.characters += text.length;
  const count = tally.counts.get(text) ?? 0;
  if (count > 0 || tally.counts.size < distinctLimit) tally.counts.set(text, count + 1);
}

function finish(name: string, { nested, fractional, numeric, markers, characters, ...tally }: Tally): ColumnProfile {
  const words = Array.from(markers.values()).reduce((sum, count) => sum + count, 0);
  // in a column of numbers, and there alone, they are missing cells
  const distinct = tally.counts.size - markers.size;
  const isOfNumbers =
    numeric > 0 && numeric + words === tally.present && (fractional > 0 || distinct > mostNumberedClasses);
  const present = isOfNumbers ? numeric : tally.present;
  const meanLength = tally.present > nested ? characters / (tally.present - nested) : 0;
  const sorted = [...tally.counts]
    .filter(([value]) => !isOfNumbers || !markers.has(value))
    .sort((left, right) => right[1] - left[1]);
  return { name, present, nested, fractional, numeric, meanLength, counts: sorted };
}
