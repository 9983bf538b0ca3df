import { counted } from '../text/numbers.ts';
import type { ColumnProfile, FileProfile } from './column-profile.ts';

/** What each column of a file is for, as far as its values tell. */
export type Roles = {
  readonly text: ColumnProfile | undefined;
  readonly id: ColumnProfile | undefined;
  readonly tasks: readonly ColumnProfile[];
  readonly unused: readonly { readonly column: ColumnProfile; readonly reason: string }[];
};

const textNames =
  /^(text|sentence|headline|title|content|body|message|review|comment|question|query|utterance|tweet|document|description)s?$/i;
const idNames = /(^|[_-])(id|key|uuid|guid|nr)$|[a-z](Id|ID|Key)$/;
const mostClasses = 200;

/** Guesses the text, the id and the labels among the columns. */
export function guessRoles({ rows, columns }: FileProfile): Roles {
  const isUnique = ({ present, counts }: ColumnProfile) => present === rows && counts.length === rows;
  const id = rows > 1 ? columns.find((column) => idNames.test(column.name) && isUnique(column)) : undefined;
  const text = columns
    .filter((column) => column !== id && isText(column))
    .sort((left, right) => weight(right) - weight(left))[0];
  const tasks: ColumnProfile[] = [];
  const unused: { column: ColumnProfile; reason: string }[] = [];
  for (const column of columns) {
    if (column === text || column === id) continue;
    const reason = notLabels(column);
    if (reason === undefined) tasks.push(column);
    else unused.push({ column, reason });
  }
  return { text, id, tasks, unused };
}

function isText({ name, present, nested, numeric, meanLength, counts }: ColumnProfile): boolean {
  if (present === 0 || nested > 0 || numeric > present / 2) return false;
  if (textNames.test(name)) return true;
  return meanLength >= 12 && counts.length >= present / 2;
}

/** Texts are long, and few of them are equal; a telling name decides. */
const weight = ({ name, present, meanLength, counts }: ColumnProfile): number =>
  meanLength * (counts.length / present) * (textNames.test(name) ? 1000 : 1);

function notLabels({ present, nested, numeric, fractional, counts }: ColumnProfile): string | undefined {
  const distinct = counts.length;
  if (present === 0) return 'empty';
  if (nested > 0) return 'lists or objects';
  if (distinct === 1) return 'one value only';
  if (fractional > 0 || (numeric === present && distinct > 20)) return 'numbers; only classes can be learned so far';
  if (distinct > mostClasses || distinct > Math.max(2, present / 4))
    return `${counted(distinct, 'distinct value')}: no classes`;
  return undefined;
}
