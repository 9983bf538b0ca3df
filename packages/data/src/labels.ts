import { nearest, PolytaskError, type Problem, quote } from '@polytask/base';

/** The classes of a task in their order: the index of a label is its class. JSON, saved with the run. */
export type LabelSpec = { readonly labels: readonly string[] };

export type Label = string | number | null | undefined;

export interface LabelVocabulary {
  readonly size: number;
  readonly labels: readonly string[];
  /** The class of a label; −1 where it is missing or was not seen in training. */
  encode(label: Label): number;
  /** Classes of many labels; labels that training did not have are −1 and counted, one problem (E2304) per label; beyond five labels, one for the others. */
  encodeAll(labels: readonly Label[]): { readonly classes: Int32Array; readonly problems: readonly Problem[] };
  /** The label of a class. @throws RangeError when there is no such class. */
  decode(index: number): string;
}

/**
 * The distinct labels of the training split, missing ones left out.
 *
 * Sorted by value when all are numbers, else by code unit, so the order of the rows makes no difference.
 */
export function fitLabels(labels: Iterable<Label>): LabelSpec {
  const distinct = new Set<string>();
  for (const label of labels) if (label !== null && label !== undefined) distinct.add(String(label));
  const sorted = [...distinct];
  const numeric = sorted.every((label) => label.trim() !== '' && Number.isFinite(Number(label)));
  sorted.sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : 1));
  return { labels: sorted };
}

/** Labels to classes and back. `task` names the task in problems. */
export function labelVocabulary({ labels }: LabelSpec, task?: string): LabelVocabulary {
  const classes = new Map(labels.map((label, index) => [label, index]));
  const encode = (label: Label) => (label === null || label === undefined ? -1 : (classes.get(String(label)) ?? -1));
  return {
    size: labels.length,
    labels,
    encode,
    encodeAll(values) {
      const unknown = new Map<string, number>();
      const encoded = Int32Array.from(values, (label) => {
        const found = encode(label);
        if (found < 0 && label !== null && label !== undefined) {
          unknown.set(String(label), (unknown.get(String(label)) ?? 0) + 1);
        }
        return found;
      });
      const all = [...unknown];
      const alone = all.length > toldAtMost ? all.slice(0, toldAtMost - 1) : all;
      const problems = alone.map(([label, count]) => unknownLabel(label, count, task, nearest(label, labels)));
      const rest = all.slice(alone.length);
      return { classes: encoded, problems: rest.length > 0 ? [...problems, unknownLabels(rest, task)] : problems };
    },
    decode(index) {
      const label = labels[index];
      if (label === undefined) throw new RangeError(`Expected a class from 0 to ${labels.length - 1}. Found ${index}.`);
      return label;
    },
  };
}

/** Whoever has more unknown labels has likely named the wrong column: the others are told together. */
const toldAtMost = 5;

function unknownLabel(label: string, count: number, task: string | undefined, guess: string | undefined): Problem {
  return {
    code: 'E2304',
    message: `The label ${quote(label)} is not among the training labels; it counts as missing.`,
    count,
    ...(task === undefined ? {} : { path: `tasks.${task}` }),
    ...(guess === undefined ? {} : { fix: `Did you mean ${quote(guess)}?` }),
  };
}

function unknownLabels(rest: readonly (readonly [string, number])[], task: string | undefined): Problem {
  return {
    code: 'E2304',
    message: `${rest.length} more labels, such as ${quote(rest[0]![0])}, are not among the training labels either; they count as missing.`,
    count: rest.reduce((sum, [, count]) => sum + count, 0),
    ...(task === undefined ? {} : { path: `tasks.${task}` }),
    fix: 'Where most labels of a column are different ones, it is none of classes.',
  };
}

/**
 * Checks that a classification task has something to learn.
 *
 * @throws PolytaskError E2301 when fewer than two distinct labels are present.
 */
export function checkLabels(task: string, labels: Iterable<Label>): void {
  const { labels: found } = fitLabels(labels);
  if (found.length >= 2) return;
  const what = found.length === 0 ? 'no labels' : `the one label ${quote(found[0])}`;
  throw new PolytaskError('data', {
    code: 'E2301',
    path: `tasks.${task}`,
    message: `Expected at least two distinct labels in the training split. Found ${what}.`,
    fix: found.length === 0 ? 'Check the column of the task.' : 'Add rows with another label, or drop the task.',
  });
}
