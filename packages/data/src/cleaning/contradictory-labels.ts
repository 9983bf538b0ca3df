import { type Problem, quote } from '@polytask/base';
import { cellOf } from '../table/table.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, withColumns, withoutCells } from './columns.ts';
import { contentOf } from './duplicate-rows.ts';

export type ContradictoryLabelOptions = {
  /** The column of labels. */
  readonly label: string;
  /** The columns that make rows the same; texts are compared normalised. */
  readonly content: readonly string[];
  /** `missing` takes the label away, `drop` the row, `report` changes nothing. */
  readonly action: 'missing' | 'drop' | 'report';
};

/**
 * Rows of the same content with different labels (E2233).
 *
 * All rows of such a content are treated alike. A training row is judged by training rows only. Missing labels contradict nothing.
 *
 * @throws RangeError when a column does not exist.
 */
export function contradictoryLabels({ label, content, action }: ContradictoryLabelOptions): CleaningStep {
  return cleaningStep<null>({
    name: 'contradictory labels',
    options: { label, content, action },
    fit: () => null,
    apply(table, _spec, isTraining) {
      const labels = columnNamed(table.columns, label);
      const chosen = chosenColumns(table, content).map(([, column]) => column);
      const contents = Array.from({ length: table.rowCount }, (_, row) => contentOf(chosen, row));
      const inTraining = new Map<string, Set<number | string>>();
      const anywhere = new Map<string, Set<number | string>>();
      for (let row = 0; row < table.rowCount; row++) {
        const value = cellOf(labels, row);
        if (value === null) continue;
        for (const seen of isTraining[row] === 1 ? [inTraining, anywhere] : [anywhere]) {
          const known = seen.get(contents[row]!);
          if (known) known.add(value);
          else seen.set(contents[row]!, new Set([value]));
        }
      }
      const found: { row: number; problem: Problem }[] = [];
      for (let row = 0; row < table.rowCount; row++) {
        const different = (isTraining[row] === 1 ? inTraining : anywhere).get(contents[row]!);
        if (different === undefined || different.size < 2 || cellOf(labels, row) === null) continue;
        const listed = [...different]
          .slice(0, 3)
          .map((value) => quote(value))
          .join(', ');
        const message = `Rows of the same content have ${different.size} labels: ${listed}.`;
        found.push({ row, problem: { code: 'E2233', path: label, message } });
      }
      if (action === 'drop') return { columns: table.columns, setAside: found };
      const problems = found.map(({ problem }) => problem);
      if (action === 'report') return { columns: table.columns, problems };
      const without = withoutCells(labels, new Set(found.map(({ row }) => row)));
      return { columns: withColumns(table.columns, [[label, without]]), problems };
    },
  });
}
