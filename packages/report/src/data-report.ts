import type { DataFacts } from '@polytask/data';
import { type ContactRow, contactSheet } from './contact-sheet.ts';
import { findings } from './findings.ts';
import { html } from './html.ts';
import { counted, grouped } from './numbers.ts';
import { type PageSection, page } from './page.ts';
import { cleaning } from './sections/cleaning.ts';
import { drift } from './sections/drift.ts';
import { labels } from './sections/labels.ts';
import { leaks } from './sections/leaks.ts';
import { lengths } from './sections/lengths.ts';
import { missing } from './sections/missing.ts';
import { overview } from './sections/overview.ts';
import { problems } from './sections/problems.ts';
import { values } from './sections/values.ts';

export type DataReportOptions = {
  /** Examples beside what augmentations make of them, as `previewRows` of `@polytask/data` gives them. */
  readonly contactSheet?: readonly ContactRow[];
};

/**
 * A report on data as one HTML page, from the facts that `dataFacts` of `@polytask/data` gives.
 *
 * The page needs nothing else: no network, no scripts. Names and cells stand in it as text, whatever they hold. Every chart has its numbers
 * in a table beside it; light and dark, and fit to print.
 */
export function dataReport(facts: DataFacts, { contactSheet: sheet = [] }: DataReportOptions = {}): string {
  const found = findings(facts);
  const sections: PageSection[] = [
    { id: 'overview', title: 'Overview', content: overview(facts) },
    { id: 'labels', title: 'Labels', content: labels(facts) },
    { id: 'missing', title: 'Missing values', content: missing(facts) },
    { id: 'leaks', title: 'Duplicates and leaks', content: leaks(facts) },
    { id: 'drift', title: 'Drift between parts', content: drift(facts) },
    {
      id: 'values',
      title: facts.cleaning ? 'Distributions before and after cleaning' : 'Distributions',
      content: values(facts),
    },
    { id: 'lengths', title: 'Lengths of texts', content: lengths(facts) },
    ...(facts.cleaning ? [{ id: 'cleaning', title: 'Cleaning', content: cleaning(facts.cleaning) }] : []),
    { id: 'problems', title: 'Quarantine and notes', content: problems(facts) },
    ...(sheet.length > 0 ? [{ id: 'sheet', title: 'Contact sheet', content: contactSheet(sheet) }] : []),
  ];
  const lead = html`<p>${counted(facts.rows, 'row')}, ${counted(facts.columns.length, 'column')}, ${counted(facts.overlap.tasks.length, 'task')}.</p>
${facts.limit !== undefined && html`<p class="warn">Only the first ${counted(facts.limit, 'row')} of the data ${facts.limit === 1 ? 'was' : 'were'} read: all numbers are theirs, parts included.</p>`}
<h2 id="findings">What to look at first</h2>
${found.length === 0 ? html`<p>Nothing stands out.</p>` : html`<ul class="findings">${found.map(({ section, text }) => html`<li>${text} <a href="#${section}">More</a></li>\n`)}</ul>`}
<p class="quiet">${grouped(found.length)} found.</p>`;
  return page(`Data report: ${facts.name}`, lead, sections);
}
