import type { Column } from '../table/table.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, withColumns } from './columns.ts';
import { stripHtml } from './strip-html.ts';

export type CleanTextOptions = {
  /** Default: all columns of texts. */
  readonly columns?: readonly string[];
  /** Takes tags out and reads character references; see `stripHtml`. Default: true. */
  readonly html?: boolean;
  /** Takes control and invisible characters out; see `stripControl`. Default: true. */
  readonly control?: boolean;
  /** Makes runs of white space one space and trims. Default: false. */
  readonly whitespace?: boolean;
};

// C0 and C1 but for tab and line ends; soft hyphen, zero-width space, marks and overrides of direction, word joiner, BOM, lone surrogates,
// U+FFFD and non-characters. Zero-width joiners stay: scripts and emoji need them.
const invisible =
  /(?![\t\n\r])\p{Cc}|[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\uffff]|\p{Cs}/gu;

/** A text without control characters (tabs and line ends stay), invisible characters, U+FFFD and lone surrogates. */
export function stripControl(text: string): string {
  return text.replace(invisible, '');
}

/** Texts without HTML, control and invisible characters. A text with nothing else becomes missing. Nothing is fitted. */
export function cleanText({
  columns,
  html = true,
  control = true,
  whitespace = false,
}: CleanTextOptions = {}): CleaningStep {
  return cleaningStep<readonly string[]>({
    name: 'clean text',
    options: { columns: columns ?? null, html, control, whitespace },
    fit: (training) => chosenColumns(training, columns, 'text').map(([name]) => name),
    apply(table, names) {
      const changes = names.map((name): [string, Column] => {
        const column = columnNamed(table.columns, name);
        if (column.type !== 'text') throw new TypeError(`${name}: expected a column of texts. Found numbers.`);
        const values = column.values.map((value) => {
          if (value === null) return null;
          let text = html ? stripHtml(value) : value;
          if (control) text = stripControl(text);
          if (whitespace) text = text.replace(/\s+/g, ' ').trim();
          return text === value ? value : text.trim() === '' ? null : text;
        });
        return [name, { type: 'text', values }];
      });
      return { columns: withColumns(table.columns, changes) };
    },
  });
}
