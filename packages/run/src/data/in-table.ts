import { type Problem, quote } from '@polytask/base';

/** A row of a table that names a file. */
export type TablePlace = {
  readonly table: string;
  readonly row: number;
  readonly line?: number;
  /** The file, as the row names it. */
  readonly value: string;
};

/**
 * A problem of a file that a row of a table names, at the place of the row and with the name of the file; one of a folder stays with its file.
 */
export function inTable(problem: Problem, { table, value, ...place }: TablePlace): Problem {
  if (value.startsWith(table)) return { ...problem, file: problem.file ?? value, row: place.row };
  return { ...problem, file: table, ...place, message: `${quote(value, 80)}: ${problem.message}` };
}
