import type { ClassCounts, DataFacts, MeasuredLabels } from '@polytask/data';
import { bar } from '../charts/bar.ts';
import { matrix } from '../charts/matrix.ts';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, decimal, grouped, percent } from '../numbers.ts';

const mostClasses = 60;

/** How the labels of tasks meet on rows, and how often each class stands in each part. */
export function labels({ overlap, classes, measured, parts, rows }: DataFacts): Html {
  if (overlap.tasks.length === 0) return html`<p>No column is said to hold labels.</p>`;
  return html`<p>${counted(overlap.unlabelled, 'row')} of ${grouped(rows)} ${overlap.unlabelled === 1 ? 'has' : 'have'} no label of any task.</p>
${matrix('Rows that have labels of both tasks; on the diagonal, of the task', overlap.tasks, overlap.counts)}
${overlap.tasks.map((task) => {
  const counts = classes.find((one) => one.task === task);
  const range = measured.find((one) => one.task === task);
  return counts ? taskClasses(counts, parts) : range && taskRange(range);
})}`;
}

/**
 * What the counts of a part are shares of: its labels; of tags and boxes, which a row may have several of, all of them together.
 *
 * @param rows of the part.
 */
export function wholeOf({ counts, missing }: ClassCounts['parts'][number], rows: number): number {
  const labelled = rows - missing;
  return Math.max(0, ...counts) > labelled ? counts.reduce((sum, count) => sum + count, 0) : labelled;
}

/** The range of labels that are numbers, or of the lengths of texts. */
function taskRange({ task, of, parts }: MeasuredLabels): Html {
  const titles = ['labels', 'no label', 'lowest', 'median', 'mean', 'highest'];
  return html`<h3>${foreign(task)}</h3>
${dataTable(
  of === 'texts' ? `Lengths of the texts of ${task} in characters` : `Numbers of ${task}`,
  [{ title: 'part' }, ...titles.map((title) => ({ title, align: 'right' as const }))],
  parts.map(({ part, labels: count, missing, range }) => [
    part,
    grouped(count),
    grouped(missing),
    ...[range?.lowest, range?.median, range?.mean, range?.highest].map((value) =>
      value === undefined ? '' : decimal(value),
    ),
  ]),
)}`;
}

function taskClasses({ task, classes, parts, unseen }: ClassCounts, sizes: DataFacts['parts']): Html {
  const first = parts[0];
  const most = Math.max(1, ...(first?.counts ?? []));
  const totals = parts.map((part, at) => wholeOf(part, sizes[at]!.rows));
  const share = (count: number, at: number) =>
    html`${grouped(count)} <span class="quiet">${percent(count / Math.max(1, totals[at]!))}</span>`;
  return html`<h3>${foreign(task)}</h3>
${unseen.length > 0 && html`<p class="warn">The ${first!.part} part has no ${unseen.slice(0, 10).map((name, at) => html`${at > 0 && ', '}${foreign(name)}`)}${unseen.length > 10 && ` and ${unseen.length - 10} more`}.</p>`}
${dataTable(
  `Classes of ${task}${classes.length > mostClasses ? `: the ${mostClasses} most frequent of ${classes.length}` : ''}`,
  [
    { title: 'class' },
    ...parts.map(({ part }) => ({ title: part, align: 'right' as const })),
    { title: `in ${first?.part ?? ''}` },
  ],
  [
    ...classes
      .slice(0, mostClasses)
      .map((name, row) => [
        foreign(name),
        ...parts.map(({ counts }, at) => share(counts[row]!, at)),
        bar((first?.counts[row] ?? 0) / most),
      ]),
    [html`<em>no label</em>`, ...parts.map((part) => grouped(part.missing)), ''],
  ],
)}`;
}
