import { basename } from 'node:path';
import { PolytaskError, type Problem, quote } from '@polytask/base';
import {
  type Example,
  type LoadedExamples,
  loadExamples,
  type QuarantinedRow,
  type Schema,
  type Source,
} from '@polytask/data';
import { eachOf } from '../config/expand-each.ts';
import { inputColumns } from '../config/input-columns.ts';
import type { RunConfig } from '../config/schema.ts';
import { type SourceConfig, sourceName } from '../config/source-schema.ts';
import { taskColumns } from '../config/task-columns.ts';
import { allOrProblems } from '../problems.ts';
import { missingWords } from './column-notes.ts';
import type { Tensors } from './idx-part.ts';
import { labelSchema, refineLabels } from './label-shape.ts';
import { type Media, mediaOf } from './media.ts';
import { type Mapping, openPart } from './open-part.ts';
import { readMedia } from './read-media.ts';
import { firstRows } from './read-table.ts';
import { type ColumnValue, type WatchedColumns, watchColumns } from './watch-columns.ts';

/** All examples of a run, in file order. */
export type RunData = {
  readonly examples: readonly Example[];
  /** Examples per file, where files are parts. */
  readonly files: Readonly<Partial<Record<'train' | 'validation' | 'test', number>>>;
  /** The files in their order, and how many of the examples are theirs. */
  readonly sources: readonly { readonly file: string; readonly count: number; readonly open: () => Source }[];
  readonly quarantine: readonly (QuarantinedRow & { readonly file: string })[];
  readonly notes: readonly Problem[];
  /** What stands beside inputs and labels and may be ids of groups: a value per example. */
  readonly columns: Readonly<Record<string, readonly ColumnValue[]>>;
  /** The images or sounds that the inputs are paths of, by the id of their example. */
  readonly media?: Media;
};

type Part = {
  readonly source: SourceConfig;
  /** What stands for it in messages. */
  readonly file: string;
  readonly tasks?: readonly string[];
  /** Where it is not that of the run. */
  readonly mapping?: Mapping;
  /** The key of the run file that names it. */
  readonly key?: string;
  readonly part?: 'train' | 'validation' | 'test';
};

/**
 * Reads the data of a run. Ids of several files get the file's name before them.
 *
 * @param limit at most so many rows of each file.
 * @throws PolytaskError usage or data with the problems of all files.
 */
export async function readData(config: RunConfig, { limit }: { readonly limit?: number } = {}): Promise<RunData> {
  const parts = partsOf(config);
  const isSeveral = parts.length > 1;
  const titles = titlesOf(parts);
  const media = mediaFor(config);
  const loaded = await allOrProblems(
    parts.map((part, at) => () => {
      const idOf = (example: Example) => idIn(isSeveral ? titles[at] : undefined, example);
      return readWatched(config, part, { limit, media, idOf });
    }),
  );
  const labelled = loaded.map(({ examples }, at) =>
    examples.map((example) => complete(example, config, isSeveral ? titles[at] : undefined)),
  );
  requireUniqueFiles(parts);
  return {
    examples: labelled.flat(),
    files: Object.fromEntries(parts.flatMap(({ part }, at) => (part ? [[part, labelled[at]!.length]] : []))),
    sources: parts.map(({ file }, at) => ({ file, count: labelled[at]!.length, open: loaded[at]!.open })),
    quarantine: loaded.flatMap(({ quarantine }, at) => quarantine.map((row) => ({ file: parts[at]!.file, ...row }))),
    notes: loaded.flatMap(({ problems }) => problems),
    columns: columnsOf(loaded),
    ...(media && { media }),
  };
}

/** Examples, and the images or sounds that their inputs are paths of, by id. */
export type LoadedInputs = LoadedExamples & { readonly media?: Media };

/** Where images or sounds of examples go, and under which ids. */
type MediaPlace = { readonly media: Media | undefined; readonly idOf: (example: Example) => string };

/** Where the inputs of a run are files. */
function mediaFor({ inputs }: RunConfig): Media | undefined {
  const [input] = Object.values(inputs);
  return input?.type === 'image' || input?.type === 'speech' ? mediaOf(input) : undefined;
}

/** The examples of one more file, labels where it has them. */
export async function readFile(
  config: RunConfig,
  source: SourceConfig,
): Promise<LoadedInputs & { readonly open: () => Source }> {
  const { open, report, tensors } = await openPart(config, source);
  const words = labelWords(config, sourceName(source));
  const loaded = await loadExamples(open(), schemaOf(config, Object.keys(config.tasks), words.add));
  const place = { file: sourceName(source), tensors, media: mediaFor(config), idOf: ({ id }: Example) => id };
  const read = await withMedia(config, loaded, place);
  // Mappings name labels of all files of the run; one alone need not have them.
  const told = report().filter(({ code }) => code !== 'E2159');
  return { ...read, problems: [...read.problems, ...words.notes(), ...told], open };
}

/** Rows whose image or sound cannot be read are bad rows like others. @throws PolytaskError data E2208 where they are too many, E2209 where none is left. */
async function withMedia(
  config: RunConfig,
  loaded: LoadedExamples,
  { file, tensors, media, idOf }: MediaPlace & { readonly file: string; readonly tensors: Tensors | undefined },
): Promise<LoadedInputs> {
  if (media === undefined) return loaded;
  const { bad, doubts } = await readMedia(config, loaded.examples, { file, tensors, media, idOf });
  tensors?.clear(); // they are images now
  const told = [...loaded.problems, ...merged(doubts)];
  if (bad.length === 0) return { ...loaded, media, problems: told };
  const without = new Set(bad.map(({ example }) => example));
  const { policy, maxFraction } = config.data.bad;
  const problems = merged(bad.map(({ problem }) => problem));
  const rows = loaded.examples.length + loaded.quarantine.length;
  const all = bad.length + loaded.quarantine.length;
  if (policy === 'fail' || all > maxFraction * rows) {
    const allowed = policy === 'fail' ? 'the policy is to fail' : `${maxFraction * 100} % are allowed`;
    const message = `${all} of ${rows} rows are bad; ${allowed}.`;
    const fix = policy === 'fail' ? 'Repair the rows.' : 'Repair the rows, or raise data.bad.maxFraction.';
    throw new PolytaskError('data', [{ code: 'E2208', file, message, fix }, ...problems]);
  }
  return {
    ...loaded,
    media,
    examples: loaded.examples.filter((example) => !without.has(example)),
    quarantine: [
      ...loaded.quarantine,
      ...bad.map(({ example, problem }) => ({
        row: example.row,
        problem,
        values: { ...example.inputs, ...example.labels },
      })),
    ],
    problems: [...told, ...problems],
  };
}

/** Problems of one code once, with their number and the place of the first. */
function merged(problems: readonly Problem[]): Problem[] {
  const found = new Map<string, Problem>();
  for (const problem of problems) {
    const { count = 0, ...first } = found.get(problem.code) ?? problem;
    found.set(problem.code, { ...first, count: count + 1 });
  }
  return [...found.values()];
}

/** The files that the examples of a run are read from. */
export function partsOf({ data, split }: RunConfig): Part[] {
  if (split.by === 'files') {
    return (['train', 'validation', 'test'] as const).flatMap((part) => {
      const source = split.files[part];
      return source === undefined ? [] : [{ source, file: sourceName(source), part }];
    });
  }
  return data.source !== undefined
    ? [{ source: data.source, file: sourceName(data.source) }]
    : (data.sources ?? []).map(({ source, tasks, ...mapping }, at) => ({
        source,
        file: sourceName(source),
        mapping,
        key: `data.sources.${at}`,
        ...(tasks && { tasks }),
      }));
}

async function readWatched(
  config: RunConfig,
  { source, file, tasks = Object.keys(config.tasks), mapping, key }: Part,
  { limit, ...place }: MediaPlace & { readonly limit: number | undefined },
): Promise<LoadedInputs & { readonly watched: WatchedColumns; readonly open: () => Source }> {
  const { data, inputs } = config;
  const used = [
    ...Object.values(inputs).flatMap(inputColumns),
    ...Object.values(config.tasks).flatMap((task) => [...taskColumns(task), eachOf(task)?.column ?? []].flat()),
  ];
  const { open, report, tensors } = await openPart(config, source, { mapping, key });
  const { rows, columns: watched } = watchColumns(
    firstRows(open(), limit),
    new Set(data.id === undefined ? used : [...used, data.id]),
  );
  const columns = furtherColumns(config);
  const words = labelWords(config, file);
  const loaded = await loadExamples(rows, {
    ...schemaOf(config, tasks, words.add),
    ...(Object.keys(columns).length > 0 && { columns }),
  }).catch((error: unknown) => {
    throw withReasons(error, report());
  });
  const read = await withMedia(config, loaded, { ...place, file, tensors });
  return { ...read, problems: [...read.problems, ...words.notes(), ...report()], watched, open };
}

/** A column that no row has, with what became of the joins and mappings that would have brought it. */
function withReasons(error: unknown, report: readonly Problem[]): unknown {
  if (!PolytaskError.is(error) || !error.problems.some(({ code }) => code === 'E1404')) return error;
  const reasons = report.filter(({ code }) => code === 'E2158' || code === 'E2159');
  return reasons.length === 0
    ? error
    : new PolytaskError(error.kind, [...error.problems, ...reasons], { cause: error });
}

/** Counts words, such as `NA`, that stand for missing numbers among labels. */
function labelWords({ tasks }: RunConfig, file: string) {
  const found = new Map<string, Map<string, number>>();
  return {
    add(task: string, word: string) {
      const words = found.get(task) ?? new Map<string, number>();
      found.set(task, words.set(word, (words.get(word) ?? 0) + 1));
    },
    notes: (): Problem[] =>
      Array.from(found, ([task, markers]) => ({
        ...missingWords({ path: `tasks.${task}`, column: tasks[task]!.column!, markers, of: 'labels' }),
        file,
      })),
  };
}

const schemaOf = (
  { data, inputs, tasks }: RunConfig,
  own: readonly string[],
  onMissing: (task: string, word: string) => void,
): Schema => ({
  ...(data.id !== undefined && { id: data.id }),
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      input.type === 'table'
        ? { columns: input.columns, type: 'cells' as const }
        : { column: input.column, type: 'text' as const },
    ]),
  ),
  tasks: Object.fromEntries(own.map((name) => [name, labelSchema(tasks[name]!)])),
  refine: refineLabels({ inputs, tasks, data }, onMissing),
  bad: data.bad,
});

/** The columns that split and sampling go by, under the keys that name them. */
export function furtherColumns({ split, sampling }: RunConfig): Record<string, string> {
  return {
    ...('column' in split && split.column !== undefined && { 'split.column': split.column }),
    ...(sampling.type === 'weighted' && { 'sampling.column': sampling.column }),
  };
}

/** The columns of several files as one, null where a file lacks them. */
function columnsOf(
  loaded: readonly (LoadedExamples & { readonly watched: WatchedColumns })[],
): Record<string, ColumnValue[]> {
  const names = new Set(loaded.flatMap(({ watched }) => [...watched.keys()]));
  return Object.fromEntries(
    Array.from(names, (name) => [
      name,
      loaded.flatMap(({ examples, watched }) => examples.map(({ row }) => watched.get(name)?.get(row) ?? null)),
    ]),
  );
}

/** What stands before the ids of each file: its name, numbered where two files in different folders share it. */
function titlesOf(parts: readonly Part[]): string[] {
  const files = parts.map(({ file }) => basename(file));
  return files.map((file, at) => (files.indexOf(file) === at ? file : `${at + 1}/${file}`));
}

/** Every task has an entry, in the run's order; ids of several files do not meet. */
function complete(example: Example, { tasks }: RunConfig, title: string | undefined): Example {
  const labels = Object.fromEntries(Object.keys(tasks).map((task) => [task, example.labels[task] ?? null]));
  return { ...example, labels, id: idIn(title, example) };
}

const idIn = (title: string | undefined, { id }: Example): string => (title === undefined ? id : `${title}:${id}`);

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
