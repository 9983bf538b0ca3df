import { readdir, stat, writeFile } from 'node:fs/promises';
import { basename, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PolytaskError, quote } from '@polytask/base';
import { makeFolder, openFile } from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/numbers.ts';
import { table } from '../text/table.ts';
import { type FileProfile, profileFile } from './column-profile.ts';
import { exampleData } from './example-data.ts';
import { guessRoles, isNumber, type Roles } from './guess-roles.ts';
import { runFile } from './run-file.ts';

export type InitOptions = CommonOptions & {
  readonly data?: string;
  readonly example?: boolean;
  /** Columns to predict. */
  readonly task?: readonly string[];
  readonly force?: boolean;
};

const extensions = ['.jsonl', '.ndjson', '.csv', '.tsv', '.parquet', '.arff'];

/** Writes a run file for a data file, and says what it took the columns for. */
export async function init(folder: string, options: InitOptions, terminal: Terminal): Promise<void> {
  const { data, example = false, force = false, task } = options;
  if (example && data !== undefined) throw usage('E1011', 'Give either --data or --example.');
  const target = join(folder, 'run.yaml');
  if (!force) await refuseToReplace(target);
  const examplePath = join(folder, 'example.jsonl');
  if (example && !force) await refuseToReplace(examplePath);
  // The data come first: a folder is made only for a run file that can be written.
  const path = example ? examplePath : (data ?? (await onlyDataFile(folder)));
  if (example) {
    await makeFolder(folder);
    await writeFile(path, exampleData());
  }
  const profile = await profileFile((await openFile(path)).open());
  const roles = guessRoles(profile, task);
  const { input, tasks } = roles;
  if (input === undefined || tasks.length === 0) throw nothingToLearn(path, profile, roles);
  await makeFolder(folder);
  const source = sourceFrom(folder, path);
  const contents = runFile({ name: nameFor(path), source, profile, roles: { ...roles, input } });
  await writeFile(target, contents, { flag: force ? 'w' : 'wx' });
  terminal.print(
    `Wrote ${target} for ${path} (${profile.isSample ? 'more than ' : ''}${counted(profile.rows, 'row')}).`,
    '',
    ...table([{ title: '' }, { title: '' }, { title: '' }], describe(roles), { indent: 2 }),
    '',
    `Next: polytask check ${target}`,
  );
  if (profile.bad > 0) terminal.note(`${counted(profile.bad, 'row')} could not be read: \`polytask check\` shows why.`);
  if (terminal.json) {
    const [names, unused] = [
      tasks.map(({ name }) => name),
      roles.unused.map(({ column, reason }) => ({ column: column.name, reason })),
    ];
    terminal.emit({
      file: target,
      data: path,
      rows: profile.rows,
      input: { type: input.type, columns: input.columns.map(({ name }) => name) },
      id: roles.id?.name ?? null,
      tasks: names,
      unused,
    });
  }
}

function describe({ input, id, tasks, unused }: Roles): string[][] {
  return [
    ...(input?.columns ?? []).map(({ name }) => [name, input!.type === 'table' ? 'input' : input!.type, '']),
    ...(id ? [[id.name, 'id', '']] : []),
    ...tasks.map((column) => [
      column.name,
      'task',
      isNumber(column) ? 'a number' : counted(column.counts.length, 'class', 'classes'),
    ]),
    ...unused.map(({ column, reason }) => [column.name, 'left out', reason]),
  ];
}

async function refuseToReplace(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  throw usage('E1012', 'It exists already.', 'Use --force to replace it, or another folder.', path);
}

async function onlyDataFile(folder: string): Promise<string> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = names.filter((name) => extensions.includes(extname(name).toLowerCase())).sort();
  if (found.length === 1) return join(folder, found[0]!);
  const hint = 'or start with made-up data: polytask init --example.';
  if (found.length === 0)
    throw usage(
      'E1013',
      `Found no data file (${extensions.join(', ')}) there.`,
      `Name one with --data, ${hint}`,
      folder,
    );
  throw usage(
    'E1013',
    `Found ${counted(found.length, 'data file')} there: ${found.join(', ')}.`,
    'Name one with --data.',
    folder,
  );
}

function nothingToLearn(file: string, { rows, columns }: FileProfile, { input, tasks, unused }: Roles): PolytaskError {
  if (rows === 0) return new PolytaskError('data', { code: 'E2209', file, message: 'The file has no data rows.' });
  const [only, ...others] = columns;
  if (only && others.length === 0 && /[,;|\t]/.test(only.name)) {
    const message = `There is one column, ${quote(only.name)}: the columns seem to be separated by something else.`;
    const fix = 'Expected commas, semicolons, tabs or bars in a .csv file, tabs in a .tsv file.';
    return new PolytaskError('usage', { code: 'E1016', file, message, fix });
  }
  const problems = [];
  if (input === undefined) {
    const message = `No column looks like a text, a path of a file, or a number or category to learn from. Columns: ${columns.map(({ name }) => quote(name)).join(', ')}.`;
    problems.push({ code: 'E1014', file, message, fix: 'A run needs something to learn from besides its labels.' });
  }
  if (tasks.length === 0) {
    const reasons = unused.map(({ column, reason }) => `${quote(column.name)} (${reason})`).join(', ');
    const message = `No column looks like labels${reasons ? `: ${reasons}` : ''}.`;
    problems.push({
      code: 'E1015',
      file,
      message,
      fix: 'A task needs a column with two or more classes, each in several rows.',
    });
  }
  return new PolytaskError('usage', problems);
}

/** The data file as the run file names it: from its own folder, with slashes on every system. */
function sourceFrom(folder: string, path: string): string {
  const steps = relative(resolve(folder), resolve(path));
  return isAbsolute(steps) || isAbsolute(path) ? resolve(path) : steps.split(sep).join('/');
}

/** Names of runs start with a letter, and end up in names of folders. */
function nameFor(path: string): string {
  const words = basename(path, extname(path))
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join('-')
    .slice(0, 40);
  return /^\p{L}/u.test(words) ? words : ['run', words].filter(Boolean).join('-');
}

const usage = (code: string, message: string, fix?: string, file?: string): PolytaskError =>
  new PolytaskError('usage', { code, message, ...(fix && { fix }), ...(file && { file }) });
