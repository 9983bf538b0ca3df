import { PolytaskError, type Problem, quote } from '@polytask/base';
import type { Run } from './run.ts';
import type { RunConfig, TaskConfig } from './schema.ts';
import { defaultPull, mostValues } from './task-schema.ts';

/** Of one task of a family: the rows that its labels are in, and the name that the family was written under. */
export type EachValue = {
  readonly column: string;
  readonly value: string;
  readonly of: string;
  readonly pull: number;
};

/** The family that a task is of; undefined of a task that was written alone. */
export function eachOf({ each }: TaskConfig): EachValue | undefined {
  if (typeof each !== 'object' || each.value === undefined || each.of === undefined) return undefined;
  return { column: each.column, value: each.value, of: each.of, pull: each.pull };
}

/** Columns whose values are still to be found, by the task that asks. */
export function columnsToFind({ config }: Run): Readonly<Record<string, string>> {
  const found = Object.entries(config.tasks).flatMap(([task, { each }]): [string, string][] => {
    if (typeof each === 'string') return [[task, each]];
    return each === undefined || each.value !== undefined || each.values !== undefined ? [] : [[task, each.column]];
  });
  return Object.fromEntries(found);
}

/**
 * The run with one task, `<name>-<value>`, in the place of every task that has `each`.
 *
 * @param values those of columns, by the task that asks, where the run does not list them.
 * @throws PolytaskError usage E1218 without values, with more than 1,000, with two that give one name, or where a section names what is now many tasks.
 */
export function expandEach({ config, objects }: Run, values: Readonly<Record<string, readonly string[]>> = {}): Run {
  const problems: Problem[] = [];
  const families = new Map<string, string[]>();
  const heads: Record<string, unknown> = {};
  const tasks = Object.entries(config.tasks).flatMap(([name, task]): [string, TaskConfig][] => {
    const { each } = task;
    if (each === undefined || eachOf(task)) return [[name, task]];
    const add = (message: string, fix?: string) => {
      problems.push({ code: 'E1218', path: `tasks.${name}.each`, message, ...(fix !== undefined && { fix }) });
      return [];
    };
    const { column, pull, values: listed } = typeof each === 'string' ? { column: each, pull: defaultPull } : each;
    const found = (listed ?? values[name])?.map(String);
    if (found === undefined)
      return add(
        'A run that is written in code has to list the values.',
        `each: { column: ${quote(column)}, values: […] }`,
      );
    if (found.length === 0) return add(`The column ${quote(column)} has no values.`);
    if (found.length > mostValues)
      return add(`The column ${quote(column)} has ${found.length} values. At most ${mostValues} become tasks.`);
    const named = found.map((value) => [`${name}-${value.replace(/[^\p{L}\p{N}_-]+/gu, '_')}`, value] as const);
    const twice = named.find(([one], at) => named.findIndex(([other]) => other === one) !== at);
    if (twice) return add(`Two values of ${quote(column)} give the name ${quote(twice[0])}.`, 'Rename one of them.');
    families.set(
      name,
      named.map(([one]) => one),
    );
    for (const [one] of named) if (objects.heads[name]) heads[one] = objects.heads[name];
    return named.map(([one, value]) => [one, { ...task, each: { column, value, of: name, pull } }]);
  });
  if (families.size === 0 && problems.length === 0) return { config, objects };
  const listed = (value: unknown): unknown => withNames(value, families);
  const expanded = {
    ...config,
    tasks: Object.fromEntries(tasks),
    data: config.data.sources
      ? { ...config.data, sources: config.data.sources.map((part) => listed(part)) }
      : config.data,
    inputs: listed(config.inputs),
    split: listed(config.split),
    sampling: listed(config.sampling),
  } as RunConfig;
  for (const [family] of families)
    for (const section of ['split', 'sampling', 'relations', 'sharing', 'balance', 'select'] as const)
      if (mentions(expanded[section], family))
        problems.push({
          code: 'E1218',
          path: section,
          message: `The task ${quote(family)} becomes ${families.get(family)!.length} tasks: ${section} cannot name it.`,
          fix: `Leave it out, or name one of them, such as ${quote(families.get(family)![0])}.`,
        });
  if (problems.length > 0) throw new PolytaskError('usage', problems);
  return {
    config: expanded,
    objects: { ...objects, heads: { ...objects.heads, ...(heads as typeof objects.heads) } },
  };
}

/** Lists of tasks, `tasks` and `unsafeFor`, name all of a family by its name. */
function withNames(value: unknown, families: ReadonlyMap<string, readonly string[]>): unknown {
  if (Array.isArray(value)) return value.map((one) => withNames(one, families));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      (key === 'tasks' || key === 'unsafeFor') && Array.isArray(one)
        ? one.flatMap((task) => families.get(task) ?? [task])
        : withNames(one, families),
    ]),
  );
}

/** Whether a task is named somewhere in a section, by a key or a text; kinds and columns are other names. */
function mentions(value: unknown, name: string): boolean {
  if (typeof value === 'string') return value === name;
  if (Array.isArray(value)) return value.some((one) => mentions(one, name));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, one]) => key === name || (key !== 'type' && key !== 'by' && key !== 'column' && mentions(one, name)),
  );
}
