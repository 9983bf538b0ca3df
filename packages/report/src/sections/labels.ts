import type { ClassCounts, DataFacts } from '@polytask/data';
import { bar } from '../charts/bar.ts';
import { matrix } from '../charts/matrix.ts';
import { dataTable } from '../data-table.ts';
import { foreign, type Html, html } from '../html.ts';
import { counted, grouped, percent } from '../numbers.ts';

const mostClasses = 60;

/** How the labels of tasks meet on rows, and how often each class stands in each part. */
export function labels({ overlap, classes, rows }: DataFacts): Html {
  if (overlap.tasks.length === 0) return html`<p>No column is said to hold labels.</p>`;
  return html`<p>${counted(overlap.unlabelled, 'row')} of ${grouped(rows)} ${overlap.unlabelled === 1 ? 'has' : 'have'} no label of any task.</p>
${matrix('Rows that have labels of both tasks; on the diagonal, of the task', overlap.tasks, overlap.counts)}
${classes.map(taskClasses)}`;
}

function taskClasses({ task, classes, parts, unseen }: ClassCounts): Html {
  const first = parts[0];
  const most = Math.max(1, ...(first?.counts ?? []));
  const totals = parts.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
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
