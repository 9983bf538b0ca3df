import type { DataFacts } from '@polytask/data';
import { foreign, type Html, html } from './html.ts';
import { counted, grouped, percent } from './numbers.ts';
import { shifted } from './sections/drift.ts';
import { wholeOf } from './sections/labels.ts';

const rare = 0.01;
const mostMissing = 0.5;
const bigPart = 200;

/** What is worth a look first, and the section that says more. */
export function findings(facts: DataFacts): { readonly section: string; readonly text: Html }[] {
  const list: { section: string; text: Html }[] = [];
  const add = (section: string, text: Html) => list.push({ section, text });
  for (const { of, likeness, leaks } of facts.repeated)
    for (const { parts, rows } of leaks)
      add(
        'leaks',
        html`${counted(rows[1], 'row')} of the ${parts[1]} part ${rows[1] === 1 ? 'is' : 'are'} ${likeness} to rows of the ${parts[0]} part${of !== 'rows' && html` (texts of ${foreign(of.column)})`}.`,
      );
  for (const { column, leaks } of facts.groups)
    if (leaks.length > 0)
      add(
        'leaks',
        html`${counted(Math.max(...leaks.map(({ groups }) => groups)), 'group')} of ${foreign(column)} stand in two parts: scores will say too much. Split by group.`,
      );
  // without parts there is nothing on two sides yet
  if (facts.parts.length < 2)
    for (const { column, distinct } of facts.groups)
      add(
        'leaks',
        html`${foreign(column)} looks like the id of ${counted(distinct, 'group')} of rows: split by group.`,
      );
  for (const { task, words, columns } of facts.giveAways) {
    for (const { column } of columns.slice(0, 3))
      add('leaks', html`The column ${foreign(column)} gives the label of ${foreign(task)} away.`);
    const names = words.filter(({ isLabelName }) => isLabelName);
    if (names.length > 0)
      add(
        'leaks',
        html`Names of labels of ${foreign(task)} stand in the texts, such as ${foreign(names[0]!.token)} in ${counted(names[0]!.rows, 'row')}.`,
      );
    else if (words.length > 0)
      add('leaks', html`The word ${foreign(words[0]!.token)} nearly tells the label of ${foreign(task)}.`);
  }
  for (const { column, fraction } of facts.missing.columns.filter(({ fraction }) => fraction > mostMissing).slice(0, 5))
    add('missing', html`${percent(fraction)} of ${foreign(column)} is missing.`);
  for (const { task, classes, parts, unseen } of facts.classes) {
    if (unseen.length > 0)
      add(
        'labels',
        html`${counted(unseen.length, 'class', 'classes')} of ${foreign(task)} ${unseen.length === 1 ? 'is' : 'are'} not in the ${parts[0]!.part} part.`,
      );
    const counts = parts[0]?.counts ?? [];
    const total = parts[0] ? wholeOf(parts[0], facts.parts[0]!.rows) : 0;
    const few = classes.filter((_, at) => counts[at]! > 0 && counts[at]! < rare * total);
    if (few.length > 0)
      add(
        'labels',
        html`${counted(few.length, 'class', 'classes')} of ${foreign(task)} ${few.length === 1 ? 'has' : 'have'} under ${percent(rare)} of the labels.`,
      );
  }
  // what small parts show may be chance
  const sizes = new Map(facts.parts.map(({ part, rows }) => [part, rows]));
  const strong = facts.drift.filter(({ psi, part }) => psi >= shifted && sizes.get(part)! >= bigPart);
  for (const { column, part, psi } of strong.slice(0, 3))
    add('drift', html`${foreign(column)} of the ${part} part has drifted: PSI ${psi.toFixed(2)}.`);
  for (const { column, unreadable, holds } of facts.columns.filter(({ unreadable }) => unreadable > 0).slice(0, 5))
    add(
      'overview',
      html`${counted(unreadable, 'cell')} of ${foreign(column)} ${unreadable === 1 ? 'is' : 'are'} not ${holds}.`,
    );
  if (facts.quarantine.rows > 0)
    add(
      'problems',
      html`${grouped(facts.quarantine.rows)} of the rows ${facts.quarantine.rows === 1 ? 'was' : 'were'} set aside.`,
    );
  return list;
}
