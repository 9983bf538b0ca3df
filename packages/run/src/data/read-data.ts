import { basename } from 'node:path';
import { PolytaskError, type Problem, quote } from '@polytask/base';
import { type Example, type LoadedExamples, loadExamples, openSource, type QuarantinedRow } from '@polytask/data';
import type { RunConfig } from '../config/schema.ts';
import { allOrProblems } from '../problems.ts';

/** All examples of a run, in file order. */
export type RunData = {
  readonly examples: readonly Example[];
  /** Examples per file, where files are parts. */
  readonly files: Readonly<Partial<Record<'train' | 'validation' | 'test', number>>>;
  readonly quarantine: readonly (QuarantinedRow & { readonly file: string })[];
  readonly notes: readonly Problem[];
};

type Part = {
  readonly file: string;
  readonly tasks?: readonly string[];
  readonly part?: 'train' | 'validation' | 'test';
};

/**
 * Reads the data of a run. Ids of several files get the file's name before them.
 *
 * @throws PolytaskError usage or data with the problems of all files.
 */
export async function readData(config: RunConfig): Promise<RunData> {
  const parts = partsOf(config);
  const loaded = await allOrProblems(parts.map((part) => () => readPart(config, part)));
  const isSeveral = parts.length > 1;
  const labelled = loaded.map(({ examples }, at) =>
    examples.map((example) => complete(example, config, isSeveral ? parts[at]!.file : undefined)),
  );
  requireUniqueFiles(parts);
  return {
    examples: labelled.flat(),
    files: Object.fromEntries(parts.flatMap(({ part }, at) => (part ? [[part, labelled[at]!.length]] : []))),
    quarantine: loaded.flatMap(({ quarantine }, at) => quarantine.map((row) => ({ file: parts[at]!.file, ...row }))),
    notes: loaded.flatMap(({ problems }) => problems),
  };
}

/** The examples of one more file, labels where it has them. */
export async function readFile(config: RunConfig, file: string): Promise<LoadedExamples> {
  return readPart(config, { file });
}

function partsOf({ data, split }: RunConfig): Part[] {
  if (split.by === 'files') {
    const { train, validation, test } = split.files;
    return [
      { file: train, part: 'train' },
      ...(validation === undefined ? [] : [{ file: validation, part: 'validation' as const }]),
      ...(test === undefined ? [] : [{ file: test, part: 'test' as const }]),
    ];
  }
  return data.source !== undefined
    ? [{ file: data.source }]
    : (data.sources ?? []).map(({ source, tasks }) => ({ file: source, ...(tasks && { tasks }) }));
}

async function readPart(
  { data, inputs, tasks }: RunConfig,
  { file, tasks: own = Object.keys(tasks) }: Part,
): Promise<LoadedExamples> {
  return loadExamples(openSource(file), {
    ...(data.id !== undefined && { id: data.id }),
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, { column, type }]) => [name, { column, type }])),
    tasks: Object.fromEntries(own.map((name) => [name, { column: tasks[name]!.column, type: 'label' as const }])),
    bad: data.bad,
  });
}

/** Every task has an entry, in the run's order; ids of several files do not meet. */
function complete(example: Example, { tasks }: RunConfig, file: string | undefined): Example {
  const labels = Object.fromEntries(Object.keys(tasks).map((task) => [task, example.labels[task] ?? null]));
  return { ...example, labels, id: file === undefined ? example.id : `${basename(file)}:${example.id}` };
}

function requireUniqueFiles(parts: readonly Part[]): void {
  const files = parts.map(({ file }) => file);
  const twice = files.find((file, at) => files.indexOf(file) !== at);
  if (twice !== undefined)
    throw new PolytaskError('usage', {
      code: 'E1210',
      file: twice,
      message: `The file ${quote(basename(twice))} is named twice.`,
    });
}
