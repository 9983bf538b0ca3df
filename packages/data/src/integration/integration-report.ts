import type { Problem } from '@polytask/base';
import { type ProblemCounts, problemCounts } from '../problem-counts.ts';
import type { Source } from '../sources/types.ts';

/** What became of the rows of several sources while they were read. */
export type IntegrationReport = {
  /** Rows by source. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows of the first source of a join that found a partner in the second. */
  readonly matched?: number;
  /** Rows without a partner, by source. */
  readonly unmatched?: Readonly<Record<string, number>>;
  /**
   * Equal problems counted: E2151 two values for one cell · E2152 a key twice in one source · E2153 no key · E2154 a label that no mapping
   * names · E2159, after the last row, a mapping of a column that no row has.
   */
  readonly problems: readonly Problem[];
};

/** A source over several others; its report tells of the last reading, as far as it went. */
export interface IntegratedSource extends Source {
  report(): IntegrationReport;
}

/** Counts while rows are read. */
export function integrationLog(): {
  readonly rows: Record<string, number>;
  readonly problems: ProblemCounts;
  count(source: string): void;
} {
  const rows = Object.create(null) as Record<string, number>;
  return {
    rows,
    problems: problemCounts(),
    count: (source) => {
      rows[source] = (rows[source] ?? 0) + 1;
    },
  };
}
