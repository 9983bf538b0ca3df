import { readFile } from 'node:fs/promises';
import { fold, type Key, PolytaskError, type Problem, quote } from '@polytask/base';
import {
  applySplitLock,
  duplicateGroups,
  type Example,
  fixedSplit,
  groupNumbers,
  groupSplit,
  joinGroups,
  kFold,
  nearDuplicates,
  randomSplit,
  readSplitLock,
  type Split,
  type StratumLabels,
  stratifiedSplit,
  timeSplit,
  timeValues,
} from '@polytask/data';
import type { RunConfig, SplitConfig, TaskConfig } from '../config/schema.ts';
import { labelNames } from './label-shape.ts';
import type { RunData } from './read-data.ts';

export type PartName = 'train' | 'validation' | 'test';

/** Example indexes per part, ascending. */
export type Parts = Readonly<Record<PartName, Uint32Array>>;

export const partOrder = ['train', 'validation', 'test'] as const satisfies readonly PartName[];

/** The share of a training file that validates when there is no validation file. */
const heldOut = 0.1;

/**
 * Splits the examples as the run says. Inputs that are equal stand on one side, except where files, times or a lock decide: there they are
 * noted.
 *
 * @throws PolytaskError E2316 times that cannot be read · E2317 fewer groups than folds · E2330, E2331 a lock that does not fit.
 */
export async function splitData(
  { inputs, split, tasks }: RunConfig,
  data: RunData,
  key: Key,
): Promise<{ parts: Parts; notes: readonly Problem[] }> {
  const { examples, files } = data;
  const groups = duplicatesIn({ inputs, split }, data, key);
  const { labelsOf, numeric } = strataIn({ tasks }, examples);
  const values = examples.map(({ columns }) => columns?.['split.column'] ?? null);
  switch (split.by) {
    case 'random':
      return named(randomSplit(key, examples.length, split.fractions, { groups }));
    case 'stratified':
      return named(
        stratifiedSplit(key, labelsOf(split.tasks), split.fractions, { groups, numeric: numeric(split.tasks) }),
      );
    case 'group':
      return named(
        groupSplit(key, values, split.fractions, {
          groups,
          labels: labelsOf(split.tasks),
          numeric: numeric(split.tasks),
        }),
      );
    case 'time':
      return named(timeSplit(readTimes(values, split.column), split.fractions, { gap: split.gap }));
    case 'kFold':
      return foldOf(split, fold(key, split.repeat), values, groups, {
        labels: labelsOf(split.tasks),
        numeric: numeric(split.tasks),
      });
    case 'lock': {
      const lock = readSplitLock(await readText(split.file), split.file);
      const ids = examples.map(({ id }) => id);
      return named(await applySplitLock(lock, ids, { names: [...partOrder], file: split.file }));
    }
    case 'files': {
      const { train = 0, validation, test = 0 } = files;
      if (validation !== undefined) return named(fixedSplit([train, validation, test]));
      const labels = labelsOf(undefined).slice(0, train);
      const inner = stratifiedSplit(key, labels, [1 - heldOut, heldOut], {
        groups: groups.subarray(0, train),
        numeric: numeric(),
      });
      const testing = Uint32Array.from({ length: test }, (_, at) => train + at);
      return named({ parts: [...inner.parts, testing], notes: inner.notes });
    }
  }
}

/** The labels to stratify by, and which of them are numbers; of some tasks, or of all. */
export function strataIn({ tasks }: Pick<RunConfig, 'tasks'>, examples: readonly Example[]) {
  const all = Object.keys(tasks);
  return {
    labelsOf: (names: readonly string[] = all): StratumLabels[] =>
      examples.map(({ labels }) =>
        Object.fromEntries(names.flatMap((name) => strataOf(name, labels[name] ?? null, tasks[name]!))),
      ),
    numeric: (names: readonly string[] = all) => names.filter((name) => tasks[name]!.type === 'regress'),
  };
}

/** A group number per example, equal for inputs that are equal and, where they are to stay together, for texts that nearly are. */
function duplicatesIn({ inputs, split }: Pick<RunConfig, 'inputs' | 'split'>, data: RunData, key: Key): Uint32Array {
  const equal = duplicateGroups(data.examples.map((example) => Object.values(example.inputs)));
  const isText = Object.values(inputs).every(({ type }) => type === 'text');
  return isText && split.nearDuplicates === 'together' ? joinGroups(equal, nearGroups(data, key)) : equal;
}

/** Everything that has to stay in one part: duplicates, and the groups of the split's column. */
export function groupsOf(config: RunConfig, data: RunData, key: Key): Uint32Array {
  const duplicates = duplicatesIn(config, data, key);
  if (config.split.by !== 'group') return duplicates;
  const values = data.examples.map(({ columns }) => columns?.['split.column'] ?? null);
  return joinGroups(groupNumbers(values).groups, duplicates);
}

type Stratum = [name: string, label: string | number | null];

/**
 * Numbers are stratified by their quantiles, sets by each of their labels, other labels as they are; texts, tags and boxes are not, for hardly any two
 * are equal.
 */
function strataOf(name: string, label: string | number | null, task: TaskConfig): Stratum[] {
  switch (task.type) {
    case 'regress':
      return [[name, label !== null && Number.isFinite(Number(label)) ? Number(label) : null]];
    case 'multiLabel':
      return labelNames(task, label === null ? null : String(label)).map((one) => [`${name} ${one}`, one]);
    case 'transcribe':
    case 'tag':
    case 'detect':
      return [];
    default:
      return [[name, label]];
  }
}

/** The key under which a run splits its data. */
export const splitKey = (root: Key): Key => fold(root, 'split');

/** A group number per example, equal for texts that are nearly equal. */
export function nearGroups({ examples }: RunData, key: Key): Uint32Array {
  const texts = examples.map(({ inputs }) => Object.values(inputs).join('\n'));
  return nearDuplicates(texts, { key: fold(key, 'near-duplicates') }).groups;
}

function named({ parts, notes }: Split): { parts: Parts; notes: readonly Problem[] } {
  const [train, validation, test] = parts as [Uint32Array, Uint32Array, Uint32Array];
  return { parts: { train, validation, test }, notes };
}

/** One fold tests, the next validates, the others train: over all folds, each example tests once and validates once. */
function foldOf(
  { folds, fold: number, column }: Extract<SplitConfig, { by: 'kFold' }>,
  key: Key,
  values: readonly (string | null)[],
  duplicates: Uint32Array,
  strata: { readonly labels: readonly StratumLabels[]; readonly numeric: readonly string[] },
): { parts: Parts; notes: readonly Problem[] } {
  const own = column === undefined ? undefined : groupNumbers(values);
  const groups = own ? joinGroups(own.groups, duplicates) : duplicates;
  const present = new Set(groups).size;
  if (present < folds) {
    const message = `Expected at least as many groups of examples as folds (${folds}). Found ${present}.`;
    throw new PolytaskError('data', { code: 'E2317', path: 'split.folds', message, fix: 'Use fewer folds.' });
  }
  const splits = kFold(key, values.length, { folds, groups, ...strata });
  const [test, validation] = [splits[number]!.parts[1]!, splits[(number + 1) % folds]!.parts[1]!];
  const held = new Set([...test, ...validation]);
  const train = Uint32Array.from(values.keys()).filter((index) => !held.has(index));
  return { parts: { train, validation, test }, notes: [...(own?.notes ?? []), ...splits[0]!.notes] };
}

function readTimes(values: readonly (string | null)[], column: string): (number | null)[] {
  try {
    return timeValues(values);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `The column ${quote(column)} has no times: ${error.message}`;
    throw new PolytaskError('data', { code: 'E2316', path: 'split.column', message }, { cause: error });
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const message = `The split lock cannot be read: ${(error as Error).message}.`;
    throw new PolytaskError('usage', { code: 'E2331', path: 'split.file', file, message }, { cause: error });
  }
}
