import { PolytaskError } from '@polytask/base';
import { counted } from '../text/numbers.ts';
import { type ColumnProfile, type FileProfile, mostNumberedClasses } from './column-profile.ts';

/** What a run is to learn from: a column of texts or of paths of files, or else all columns that can be told to a network. */
export type InputRole = {
  readonly type: 'text' | 'image' | 'speech' | 'table';
  readonly columns: readonly ColumnProfile[];
};

/** What each column of a file is for, as far as its values tell. */
export type Roles = {
  readonly input: InputRole | undefined;
  readonly id: ColumnProfile | undefined;
  readonly tasks: readonly ColumnProfile[];
  readonly unused: readonly { readonly column: ColumnProfile; readonly reason: string }[];
};

const textNames =
  /^(text|sentence|headline|title|content|body|message|review|comment|question|query|utterance|tweet|document|description)s?$/i;
const idNames = /(^|[_-])(id|key|uuid|guid|nr)$|[a-z](Id|ID|Key)$/;
const mostClasses = 200;
const files = { image: /\.(png|jpe?g)$/i, speech: /\.wave?$/i } as const;

/**
 * Guesses the input, the id and the labels among the columns. Without a text or paths of files the row itself is the input, and what is not asked for
 * by `wanted` stands last in it.
 *
 * @param wanted columns to predict; guessed when left out.
 * @throws PolytaskError usage E1017 for a column that is not there.
 */
export function guessRoles({ rows, columns }: FileProfile, wanted?: readonly string[]): Roles {
  const asked = wanted?.map((name) => columns.find((column) => column.name === name) ?? missing(name, columns));
  const others = columns.filter((column) => !asked?.includes(column));
  const isUnique = ({ present, counts }: ColumnProfile) => present === rows && counts.length === rows;
  const id = rows > 1 ? others.find((column) => idNames.test(column.name) && isUnique(column)) : undefined;
  const free = others.filter((column) => column !== id);
  const input = filesIn(free) ?? textIn(free);
  const rest = free.filter((column) => !input?.columns.includes(column));
  if (!input) return rowRoles({ id, rest, asked });
  const judged = rest.map((column) => ({ column, reason: asked ? 'not asked for' : notLabels(column, input) }));
  const unused = judged.flatMap(({ column, reason }) => (reason === undefined ? [] : [{ column, reason }]));
  const tasks = asked ?? judged.flatMap(({ column, reason }) => (reason === undefined ? [column] : []));
  return { input, id, tasks, unused };
}

/** Whether a task of the column predicts a number instead of a class. */
export const isNumber = ({ present, numeric, fractional, counts }: ColumnProfile): boolean =>
  present > 0 && numeric === present && (fractional > 0 || counts.length > mostNumberedClasses);

function filesIn(columns: readonly ColumnProfile[]): InputRole | undefined {
  for (const [type, pattern] of Object.entries(files)) {
    const column = columns.find(
      ({ counts }) =>
        counts.length > 0 && counts.filter(([value]) => pattern.test(value)).length >= 0.9 * counts.length,
    );
    if (column) return { type: type as keyof typeof files, columns: [column] };
  }
  return undefined;
}

function textIn(columns: readonly ColumnProfile[]): InputRole | undefined {
  const [text] = columns.filter(isText).sort((left, right) => weight(right) - weight(left));
  return text && { type: 'text', columns: [text] };
}

/** Numbers and categories for input. */
function rowRoles({
  id,
  rest,
  asked,
}: {
  id: ColumnProfile | undefined;
  rest: readonly ColumnProfile[];
  asked: readonly ColumnProfile[] | undefined;
}): Roles {
  const told = rest.map((column) => ({ column, reason: isNumber(column) ? undefined : notLabels(column) }));
  const unused = told.flatMap(({ column, reason }) => (reason === undefined ? [] : [{ column, reason }]));
  const usable = told.flatMap(({ column, reason }) => (reason === undefined ? [column] : []));
  const tasks = asked ?? usable.slice(-1);
  const columns = usable.filter((column) => !tasks.includes(column));
  return { input: columns.length > 0 ? { type: 'table', columns } : undefined, id, tasks, unused };
}

function isText({ name, present, nested, numeric, meanLength, counts }: ColumnProfile): boolean {
  if (present === 0 || nested > 0 || numeric > present / 2) return false;
  if (textNames.test(name)) return true;
  return meanLength >= 12 && counts.length >= present / 2;
}

/** Texts are long, and few of them are equal; a telling name decides. */
const weight = ({ name, present, meanLength, counts }: ColumnProfile): number =>
  meanLength * (counts.length / present) * (textNames.test(name) ? 1000 : 1);

/** `O B-city I-city`, with more than one of them, or a list of such. */
const areTags = (value: string): boolean =>
  /^(?:O|[BIES]-\S+)(?:\s+(?:O|[BIES]-\S+))+$/u.test(value.replace(/^\s*\[|\]\s*$|[',"]/gu, ' ').trim());

function notLabels(column: ColumnProfile, input?: InputRole): string | undefined {
  const { name, present, nested, numeric, counts } = column;
  const distinct = counts.length;
  if (present === 0) return 'empty';
  if (nested > 0) return 'lists or objects; tasks of type multiLabel, tag and detect read them';
  if (present > 0 && counts.every(([value]) => areTags(value))) return 'tags of words; a task of type tag reads them';
  if (distinct === 1) return 'one value only';
  if (isNumber(column)) return `numbers; --task ${name} predicts them`;
  if (numeric > present / 2 && distinct > mostClasses)
    return `numbers but for ${counted(present - numeric, 'cell')}: clean them first`;
  const isOfFiles = input !== undefined && input.type !== 'text';
  if (isOfFiles && (name === 'type' || name === 'file')) return 'of the file';
  if (distinct > mostClasses || distinct > Math.max(2, present / 4))
    return `${counted(distinct, 'distinct value')}: no classes${input?.type === 'speech' ? '; a task of type transcribe reads what is said' : ''}`;
  return undefined;
}

function missing(name: string, columns: readonly ColumnProfile[]): never {
  throw new PolytaskError('usage', {
    code: 'E1017',
    message: `There is no column ${JSON.stringify(name)}.`,
    fix: `Columns: ${columns.map((column) => JSON.stringify(column.name)).join(', ')}.`,
  });
}
