import { PolytaskError, quote } from '@polytask/base';
import {
  type Augmentation,
  columnNoise,
  countNumbers,
  fitDeviations,
  numberOfCell,
  type TableRow,
  table,
} from '@polytask/data';

/** The training rows of an input of type table, and where its augmentation stands in the run file. */
export type RowsToFit = {
  readonly rows: readonly TableRow[];
  readonly path: string;
  /** Columns whose numbers are names. */
  readonly codes?: readonly string[];
};

/**
 * Noise on the numbers of rows as they stand in a file, where numbers may be texts, in shares of the deviations of the training rows.
 *
 * @throws PolytaskError usage E1214 for a column of texts, and where no column is one of numbers.
 */
export function tableNoise(
  { columns, scale }: { readonly columns?: readonly string[]; readonly scale?: number },
  { rows, path, codes = [] }: RowsToFit,
): Augmentation<TableRow> {
  const isNumber = (name: string) => {
    if (codes.includes(name)) return false;
    const { isNumber, numbers } = countNumbers(rows.map((row) => row[name]));
    return isNumber && numbers > 0;
  };
  const texts = (columns ?? []).filter((name) => rows.length > 0 && !isNumber(name));
  const names = columns ?? Object.keys(rows[0] ?? {}).filter(isNumber);
  if (texts.length > 0 || (rows.length > 0 && names.length === 0)) {
    const message =
      texts.length > 0
        ? `The column ${quote(texts[0])} holds ${codes.includes(texts[0]!) ? 'codes' : 'texts'}. columnNoise changes columns of numbers.`
        : 'No column of the input holds numbers. columnNoise changes columns of numbers.';
    throw new PolytaskError('usage', { code: 'E1214', path: texts.length > 0 ? `${path}.columns` : path, message });
  }
  const cells = table(
    Object.fromEntries(names.map((name) => [name, rows.map((row) => numberOfCell(row[name]) ?? null)])),
  );
  const deviations = fitDeviations(cells, Uint32Array.from(rows.keys()));
  const noise = columnNoise({ deviations, ...(scale !== undefined && { scale }) });
  return {
    ...noise,
    apply(row, key) {
      const numbers = Object.fromEntries(names.map((name) => [name, numberOfCell(row[name]) ?? null]));
      return { ...row, ...noise.apply(numbers, key) };
    },
  };
}
