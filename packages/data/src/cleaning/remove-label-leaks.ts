import type { Problem } from '@polytask/base';
import { cellOf } from '../table/table.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { columnNamed, withColumns } from './columns.ts';
import { type LabelLeakOptions, labelLeaks } from './label-leaks.ts';

/** What `removeLabelLeaks` takes out. */
export type RemoveLabelLeaksOptions = {
  /** The column of texts. */
  readonly text: string;
  readonly label: string;
  /** `names` takes out names of labels, `all` every leaking word, `report` nothing. Default: names. */
  readonly action?: 'names' | 'all' | 'report';
} & Omit<LabelLeakOptions, 'rows'>;

/**
 * Takes words out of the texts that give the label away in the training rows (E2234); see `labelLeaks`.
 *
 * The words that hold a leaking name go as a whole. A text with nothing else becomes missing. Spec: the words.
 *
 * @throws RangeError when a column does not exist. @throws TypeError when the column of texts holds numbers.
 */
export function removeLabelLeaks({ text, label, action = 'names', ...options }: RemoveLabelLeaksOptions): CleaningStep {
  return cleaningStep<readonly { readonly token: string; readonly remove: boolean; readonly message: string }[]>({
    name: 'remove label leaks',
    options: { text, label, action },
    fit(training) {
      const column = columnNamed(training.columns, text);
      if (column.type !== 'text') throw new TypeError(`${text}: expected a column of texts. Found numbers.`);
      const labels = columnNamed(training.columns, label);
      const cells = Array.from({ length: training.rowCount }, (_, row) => cellOf(labels, row));
      return labelLeaks(column.values, cells, options).map((leak) => ({
        token: leak.token,
        remove: action === 'all' || (action === 'names' && leak.isLabelName),
        message: `${JSON.stringify(leak.token)} stands in ${leak.rows} training rows and says ${JSON.stringify(leak.label)} in ${(leak.precision * 100).toFixed(1)} % of them.`,
      }));
    },
    apply(table, leaks) {
      const problems = leaks.map(
        ({ token, message }): Problem => ({ code: 'E2234', path: `${text}: ${token}`, message }),
      );
      const tokens = leaks.filter(({ remove }) => remove).map(({ token }) => token);
      const column = columnNamed(table.columns, text);
      if (column.type !== 'text') throw new TypeError(`${text}: expected a column of texts. Found numbers.`);
      if (tokens.length === 0) return { columns: table.columns, problems };
      const pattern = tokenPattern(tokens);
      const values = column.values.map((value) => {
        if (value === null) return null;
        const cleaned = value.replace(pattern, '');
        if (cleaned === value) return value;
        return cleaned.trim() === '' ? null : cleaned.replace(/ {2,}/g, ' ').trim();
      });
      return { columns: withColumns(table.columns, [[text, { type: 'text', values }]]), problems };
    },
  });
}

// Words of the given tokens; a token of several words may be written with other signs between them, or none.
function tokenPattern(tokens: readonly string[]): RegExp {
  const forms = tokens.map((token) =>
    token
      .split(/[\s_-]+/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[\\s_-]*'),
  );
  return new RegExp(`[#@]?(?<![\\p{L}\\p{N}_])[\\p{L}\\p{N}_]{0,40}(?:${forms.join('|')})[\\p{L}\\p{N}_]{0,40}`, 'giu');
}
