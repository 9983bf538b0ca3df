import { type Problem, quote } from '@polytask/base';
import { type Example, isMissingWord } from '@polytask/data';
import { labelOf } from '../batches.ts';
import { eachOf } from '../config/expand-each.ts';
import type { RunConfig } from '../config/schema.ts';
import { hasClasses } from '../labels.ts';
import { missingFix } from './named-labels.ts';

type Counts = ReadonlyMap<string, number>;

/**
 * Classes that are likely none of their own: those that say that a label is missing (E2333), and those that differ from another in capitals alone
 * (E2334); and labels of sets that are several labels with another separator between them (E2336). All are labels as they are written; whoever means
 * something else has to say so.
 *
 * @param labelCounts the labels of the training part by task.
 */
export function labelNotes({ tasks }: RunConfig, labelCounts: Readonly<Record<string, Counts>>): Problem[] {
  return Object.entries(labelCounts).flatMap(([task, counts]) =>
    hasClasses(tasks[task]!)
      ? [...missingClasses(task, counts), ...likeClasses(task, counts)]
      : tasks[task]!.type === 'multiLabel'
        ? joinedLabels(task, counts, tasks[task]!.separator)
        : [],
  );
}

/** Tasks of families that no training example has a label of (E2339): their heads follow the others, also where a value is misspelt. */
export function unlabelledNotes({ tasks }: RunConfig, training: readonly Example[]): Problem[] {
  const families = new Map<string, string[]>();
  for (const [task, config] of Object.entries(tasks)) {
    const each = eachOf(config);
    if (each && training.every((example) => labelOf(example, task) === null))
      families.set(each.of, [...(families.get(each.of) ?? []), each.value]);
  }
  return Array.from(families, ([family, values]) => {
    const shown = values.slice(0, 5).map((value) => quote(value));
    const more = values.length > shown.length ? ` and ${values.length - shown.length} more` : '';
    return {
      code: 'E2339',
      path: `tasks.${family}.each`,
      message: `No training example has a label of ${shown.join(', ')}${more}: what is predicted there follows the other tasks alone.`,
      fix: 'Where they are in the data, write them as they stand in the column.',
    };
  });
}

function missingClasses(task: string, counts: Counts): Problem[] {
  const words = [...counts].filter(([label]) => isMissingWord(label));
  if (words.length === 0) return [];
  const shown = words.map(([label, count]) => `${quote(label)} (${count})`).join(', ');
  const message = `Training labels say ${shown}, which ${words.length === 1 ? 'is a class' : 'are classes'} like any other.`;
  return [{ code: 'E2333', path: `tasks.${task}`, message, fix: missingFix(words.map(([label]) => label)) }];
}

function likeClasses(task: string, counts: Counts): Problem[] {
  const alike = new Map<string, string[]>();
  for (const label of counts.keys()) {
    const plain = label.normalize('NFKC').toLowerCase();
    alike.set(plain, [...(alike.get(plain) ?? []), label]);
  }
  const groups = [...alike.values()].filter((labels) => labels.length > 1);
  const [first] = groups;
  if (!first) return [];
  const shown = first.map((label) => `${quote(label)} (${counts.get(label)})`).join(' and ');
  const more = groups.length > 1 ? ` So do ${groups.length - 1} more.` : '';
  return [
    {
      code: 'E2334',
      path: `tasks.${task}`,
      message: `The training labels ${shown} differ in how they are written alone, and are classes of their own.${more}`,
      fix: 'Write them alike in the data, or give the class of every label in data.labels.',
    },
  ];
}

const separators = [';', ',', '|', '/'];

/** Labels whose parts between another separator are labels of their own: those that stand alone, or in other such labels. */
function joinedLabels(task: string, counts: Counts, separator = '|'): Problem[] {
  return separators
    .filter((one) => one !== separator)
    .flatMap((one): Problem[] => {
      const joined = [...counts.keys()].filter((label) => label.includes(one));
      const partsOf = (label: string) => label.split(one).map((part) => part.trim());
      const uses = new Map<string, number>();
      for (const part of joined.flatMap(partsOf)) uses.set(part, (uses.get(part) ?? 0) + 1);
      const several = joined.filter((label) =>
        partsOf(label).every((part) => part !== '' && (counts.has(part) || uses.get(part)! > 1)),
      );
      if (several.length < 2) return [];
      return [
        {
          code: 'E2336',
          path: `tasks.${task}`,
          message: `${several.length} training labels are one label each, such as ${quote(several[0])}, whose parts are labels too.`,
          fix: `Where they are several: separator: ${quote(one)}.`,
        },
      ];
    });
}
