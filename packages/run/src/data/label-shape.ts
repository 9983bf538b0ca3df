import { PolytaskError, type Problem, quote } from '@polytask/base';
import { type Example, numberOfCell, type Schema } from '@polytask/data';
import { type LabelRecord, readBoxes, readLabelSet, readTags, wordsOf } from '@polytask/heads';
import { eachOf } from '../config/expand-each.ts';
import type { RunConfig, TaskConfig } from '../config/schema.ts';
import { taskColumns } from '../config/task-columns.ts';

/** How the labels of a task are read: lists and objects are kept as JSON, for heads that know what they are. */
export const labelSchema = (task: TaskConfig): Schema['tasks'][string] => {
  const each = eachOf(task);
  const where = each && { where: { column: each.column, value: each.value } };
  if (task.type !== 'multiLabel' && task.type !== 'tag' && task.type !== 'detect')
    return { column: task.column, type: 'label', ...where };
  return task.column === undefined
    ? { columns: taskColumns(task), type: 'cells', ...where }
    : { column: task.column, type: 'json', ...where };
};

/**
 * Labels that are no plain ones checked, numbers too where nothing cleans them, and sets as JSON, whatever stands between their labels in the file.
 *
 * @param onMissing is told every word, such as `NA`, that stands for a missing number.
 */
export const refineLabels =
  (
    { inputs, tasks, data }: Pick<RunConfig, 'inputs' | 'tasks' | 'data'>,
    onMissing: (task: string, word: string) => void,
  ) =>
  (example: Example): Example | Problem => {
    const text = example.inputs[Object.keys(inputs)[0]!]!;
    const labels = { ...example.labels };
    for (const [name, task] of Object.entries(tasks)) {
      const label = labels[name] ?? null;
      if (label === null) continue;
      if (task.type === 'regress' && numberOfCell(label) === null) {
        labels[name] = null;
        onMissing(name, String(label));
        continue;
      }
      // steps of cleaning may still make a number of it
      if (task.type === 'regress' && data.clean === undefined) {
        const problem = numberProblem(label);
        if (problem) return { ...problem, path: task.column };
      }
      if (!isShaped(task)) continue;
      const found = shapedLabel(task, String(label), text);
      if (typeof found === 'object') return { ...found, path: taskColumns(task)[0]! };
      labels[name] = found;
    }
    return { ...example, labels };
  };

/** What is wrong with the label of a number. */
export const numberProblem = (label: string | number): Problem | undefined =>
  String(label).trim() !== '' && Number.isFinite(Number(label))
    ? undefined
    : {
        code: 'E2303',
        message: `Expected a finite number as label. Found ${quote(label)}.`,
        ...(/^\s*[-+]?\d+,\d+\s*$/.test(String(label)) && { fix: 'Write decimals with a point.' }),
      };

/** Whether labels are sets, tags or boxes. */
const isShaped = ({ type }: TaskConfig): boolean => type === 'multiLabel' || type === 'tag' || type === 'detect';

/**
 * The label as heads and metrics read it, or what is wrong with it: E2340 no set of labels · E2341 no tags · E2342 no boxes · E2343 not one tag for
 * each word.
 */
export function shapedLabel(task: TaskConfig, label: string, text: string): string | Problem {
  try {
    switch (task.type) {
      case 'multiLabel':
        return JSON.stringify(readLabelSet(label, task.separator));
      case 'detect':
        return JSON.stringify(readBoxes(label));
      case 'tag': {
        const [words, tags] = [wordsOf(text).length, readTags(label).length];
        if (words === tags) return label;
        return { code: 'E2343', message: `Expected one tag for each of ${words} words. Found ${tags} tags.` };
      }
      default:
        return label;
    }
  } catch (error) {
    if (PolytaskError.is(error)) return error.problems[0]!;
    throw error;
  }
}

/** The classes that a label names: itself, the labels of a set, tags, or those of boxes; none of a number or a text. */
export function labelNames(task: TaskConfig, label: string | null): readonly string[] {
  if (label === null) return [];
  switch (task.type) {
    case 'regress':
    case 'transcribe':
      return [];
    case 'multiLabel': {
      const set = readLabelSet(label);
      return isList(set) ? set : Object.keys(set).filter((name) => set[name] === 1);
    }
    case 'tag':
      return readTags(label);
    case 'detect':
      return readBoxes(label).map((box) => box.label);
    default:
      return [label];
  }
}

/** The classes that a cell of the file names, as it stands there. */
export const namesInCell = (task: TaskConfig, cell: string): readonly string[] =>
  labelNames(task, task.type === 'multiLabel' ? JSON.stringify(readLabelSet(cell, task.separator)) : cell);

const isList = (set: readonly string[] | LabelRecord): set is readonly string[] => Array.isArray(set);
