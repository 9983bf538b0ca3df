import { type Problem, quote } from '@polytask/base';
import { isMissingWord } from '@polytask/data';
import type { RunConfig } from '../config/schema.ts';
import { hasClasses } from '../labels.ts';
import { missingFix } from './named-labels.ts';

type Counts = ReadonlyMap<string, number>;

/**
 * Classes that are likely none of their own: those that say that a label is missing (E2333), and those that differ from another in capitals alone
 * (E2334). Both are classes as they are written; whoever means something else has to say so.
 *
 * @param labelCounts the labels of the training part by task.
 */
export function labelNotes({ tasks }: RunConfig, labelCounts: Readonly<Record<string, Counts>>): Problem[] {
  return Object.entries(labelCounts).flatMap(([task, counts]) =>
    hasClasses(tasks[task]!) ? [...missingClasses(task, counts), ...likeClasses(task, counts)] : [],
  );
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
