import { resolve } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import { crossChecks } from './cross-checks.ts';
import type { Document } from './document.ts';
import { explain, type Finding } from './explain.ts';
import { tryFactories } from './factories.ts';
import { impliedVariants, takeObjects } from './normalise.ts';
import type { Run } from './run.ts';
import { type RunConfig, runSchema } from './schema.ts';
import { applySetting, readSetting, type Setting } from './settings.ts';
import { withPaths } from './source-schema.ts';

export type ResolveOptions = {
  /** Where relative paths start. */
  readonly folder: string;
  /** The run file in messages. */
  readonly file?: string;
  readonly set?: readonly string[];
  /** An absolute path that replaces the data. */
  readonly data?: string;
};

/**
 * A document becomes a run: settings applied, defaults filled in, paths made absolute.
 *
 * @throws PolytaskError usage E12xx with everything that is wrong.
 */
export function resolveRun(document: Document, { folder, file, set = [], data }: ResolveOptions): Run {
  const problems: Problem[] = document.problems.map((problem) => ({ ...(file !== undefined && { file }), ...problem }));
  if (problems.length > 0) throw new PolytaskError('usage', problems);
  const settings: Setting[] = [];
  let value: unknown = document.value ?? {};
  for (const text of set) {
    const setting = readSetting(text);
    const next = 'code' in setting ? setting : applySetting(value, setting);
    if (isProblem(next)) problems.push(next);
    else {
      value = next;
      settings.push(setting as Setting);
    }
  }
  if (data !== undefined) value = withData(value, data);
  const { value: plain, objects } = takeObjects(value);
  const raw = impliedVariants(plain);

  const result = runSchema.safeParse(raw);
  const findings: Finding[] = result.success
    ? []
    : result.error.issues.flatMap((issue) => explain(runSchema, issue, raw));
  findings.push(...crossChecks(raw));
  if (result.success) {
    // a name that is no task is why these fail
    const isKnown = ({ path }: Finding) =>
      (path[0] === 'relations' || path[0] === 'sampling') &&
      findings.some((one) => path.every((key, at) => one.path[at] === key));
    findings.push(...tryFactories(result.data, objects).filter((one) => !isKnown(one)));
  }
  for (const { path, at, problem } of findings) {
    const setting = blamed(settings, path, document.value ?? {});
    const place = setting
      ? { file: `--set ${setting.text}` }
      : { ...(file !== undefined && { file }), ...document.place(path, at) };
    problems.push({ ...problem, ...(path.length > 0 && { path: path.map(String).join('.') }), ...place });
  }
  if (problems.length > 0 || !result.success) {
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    throw new PolytaskError('usage', problems);
  }
  return { config: absolute(result.data, folder), objects };
}

/** The setting that wrote what stands at `path`, or else made the section around it that the file does not have. */
function blamed(settings: readonly Setting[], path: readonly PropertyKey[], written: unknown): Setting | undefined {
  const names = path.map(String);
  const startsWith = (longer: readonly string[], shorter: readonly string[]) =>
    shorter.every((name, at) => name === longer[at]);
  const writer = settings.findLast((setting) => startsWith(names, setting.path));
  if (writer) return writer;
  let [depth, here] = [0, written];
  while (depth < names.length && isContainer(here)) here = (here as Record<string, unknown>)[names[depth++]!];
  if (isContainer(here)) return undefined;
  return settings.findLast((setting) => startsWith(setting.path, names.slice(0, depth)));
}

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** One file in the place of all data. Parts that were files of their own become parts of it. */
function withData(value: unknown, file: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { data, split, ...rest } = value as Record<string, Record<string, unknown> | undefined>;
  const { source: _source, sources: _sources, ...kept } = data ?? {};
  const isFiles = split !== undefined && typeof split === 'object' && split.files !== undefined;
  return { ...rest, data: { ...kept, source: file }, ...(split !== undefined && !isFiles && { split }) };
}

/** Every path of files in a configuration, made absolute. */
export function absolute(config: RunConfig, folder: string): RunConfig {
  const from = (path: string) => resolve(folder, path);
  const { data, split } = config;
  return {
    ...config,
    data: {
      ...data,
      ...(data.source !== undefined && { source: withPaths(data.source, from) }),
      ...(data.sources && {
        sources: data.sources.map((part) => ({ ...part, source: withPaths(part.source, from) })),
      }),
      ...(data.join && { join: data.join.map((part) => ({ ...part, source: from(part.source) })) }),
    },
    split:
      split.by !== 'files'
        ? split.by === 'lock'
          ? { ...split, file: from(split.file) }
          : split
        : {
            ...split,
            files: Object.fromEntries(
              Object.entries(split.files).map(([part, source]) => [part, source && withPaths(source, from)]),
            ) as typeof split.files,
          },
    inputs: Object.fromEntries(
      Object.entries(config.inputs).map(([name, input]) => {
        const { encoder } = input;
        if (encoder.type === 'bert' && encoder.folder !== undefined)
          return [name, { ...input, encoder: { ...encoder, folder: from(encoder.folder) } }];
        const isFile = encoder.type === 'transformer' && encoder.tokenizer !== undefined;
        return [name, isFile ? { ...input, encoder: { ...encoder, tokenizer: from(encoder.tokenizer!) } } : input];
      }),
    ) as RunConfig['inputs'],
  };
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Problem).code === 'string' &&
  typeof (value as Problem).message === 'string';
