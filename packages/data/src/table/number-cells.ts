import { isMarker, missingMarkers, numericMissingMarkers } from './column-format.ts';

/** What the cells of a column say of it as a column of numbers. */
export type NumberCells = {
  /** Whether every cell is a number, missing, or spelt as a missing one, and not all of them are the latter. */
  readonly isNumber: boolean;
  readonly numbers: number;
  /** Texts that stand for a missing number, such as `N/A`, and how often each was found. */
  readonly markers: ReadonlyMap<string, number>;
  /** Cells that are neither. */
  readonly others: number;
};

/**
 * The number of a cell; null where it is missing, empty, or a text that means that in a column of numbers (`?`, `NA`, `N/A`, `NaN`, `null`, `-`,
 * `none`, … whatever their case); undefined for anything else.
 */
export function numberOfCell(cell: string | number | boolean | null | undefined): number | null | undefined {
  if (cell === null || cell === undefined) return null;
  if (typeof cell !== 'string') return Number.isFinite(Number(cell)) ? Number(cell) : null;
  const number = cell.trim() === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(number)) return number;
  return isMarker(cell, missingMarkers) || isMarker(cell, numericMissingMarkers) ? null : undefined;
}

/** Whether a text says of itself that it stands for a missing cell, whatever the column holds: `NULL`, `NaN`, `N/A`, `NA`, `?`, …; not one without characters. */
export const isMissingWord = (text: string): boolean =>
  text.trim() !== '' && (isMarker(text, missingMarkers) || isMarker(text, ['na']));

/** Counts what the cells of a column are. */
export function countNumbers(cells: Iterable<string | number | boolean | null | undefined>): NumberCells {
  const markers = new Map<string, number>();
  let numbers = 0;
  let others = 0;
  for (const cell of cells) {
    const number = numberOfCell(cell);
    if (number === undefined) others++;
    else if (number !== null) numbers++;
    else if (typeof cell === 'string' && cell.trim() !== '') {
      const marker = cell.trim();
      markers.set(marker, (markers.get(marker) ?? 0) + 1);
    }
  }
  return { isNumber: others === 0 && (numbers > 0 || markers.size === 0), numbers, markers, others };
}
