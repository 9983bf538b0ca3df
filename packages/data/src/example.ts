import type { Problem } from '@polytask/base';
import type { SourceRow, Values } from './sources/types.ts';

export type Example = {
  readonly id: string;
  /** 1-based data row in the source. */
  readonly row: number;
  readonly inputs: Readonly<Record<string, string>>;
  /** Every task of the schema; null where the label is missing. */
  readonly labels: Readonly<Record<string, string | number | null>>;
  /** The further columns of the schema, where it names any: trimmed texts, null where missing. */
  readonly columns?: Readonly<Record<string, string | null>>;
};

export type BadRows = {
  /** Whether bad rows are set aside or end the reading. Default: quarantine. */
  readonly policy?: 'quarantine' | 'fail';
  /** The share of bad rows, 0 to 1, above which reading fails all the same. Default: 0.01. */
  readonly maxFraction?: number;
};

/** Which columns become what. */
export type Schema = {
  /** The column of unique ids. Default: ids are `row-<n>`. */
  readonly id?: string;
  readonly inputs: Readonly<
    Record<
      string,
      | { readonly column: string; readonly type: 'text' }
      /** Several columns as one input: a JSON object of their cells, null where missing. */
      | { readonly columns: readonly string[]; readonly type: 'cells' }
    >
  >;
  readonly tasks: Readonly<
    Record<
      string,
      (
        | /** `json`: also lists and objects, which labels hold as JSON. */
        { readonly column: string; readonly type: 'label' | 'number' | 'json' }
        /** Several columns as one label: a JSON object of their cells, null where missing; missing where all are. */
        | { readonly columns: readonly string[]; readonly type: 'cells' }
      ) & {
        /** Labels count in rows with this value in the column alone, as trimmed text; in others they are missing. */
        readonly where?: { readonly column: string; readonly value: string };
      }
    >
  >;
  /** Further columns to keep, such as the group to split by: column names by the key that asks for them, which stands in problems. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly bad?: BadRows;
  /** What an example becomes once it is read; where that is a problem, its row is a bad one. */
  readonly refine?: (example: Example) => Example | Problem;
  /** False for prediction: then the file needs neither label columns nor the id column. Default: true. */
  readonly requireLabels?: boolean;
};

/** A row that was set aside. `values` is null where the row could not be parsed. */
export type QuarantinedRow = {
  readonly row: number;
  /** Absent where only the number of the row is known. */
  readonly line?: number;
  readonly problem: Problem;
  readonly values: Values | null;
};

export type LoadedExamples = {
  readonly examples: readonly Example[];
  readonly quarantine: readonly QuarantinedRow[];
  /** What was wrong, equal problems counted and the first of them shown; includes E2207 for rows without any label. */
  readonly problems: readonly Problem[];
  /** Examples without a label of any task. */
  readonly unlabelled: number;
};

export type Rows = AsyncIterable<SourceRow> & { readonly name?: string };
