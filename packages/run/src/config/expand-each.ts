import { PolytaskError, type Problem, quote } from '@polytask/base';
import type { Run } from './run.ts';
import type { RunConfig, TaskConfig } from './schema.ts';
import { groupChecks } from './sharing-checks.ts';
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
 * @throws PolytaskError usage E1218 without values, with more than 1,000, with two tasks of one name, or where a section
 * names what is now many tasks: only lists of tasks may, such as `split.tasks`, `unsafeFor` and the groups of `sharing`.
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
    const found = (listed ?? values[name])?.map((value) => String(value).trim());
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
  const names = tasks.map(([name]) => name);
  for (const twice of new Set(names.filter((name, at) => names.indexOf(name) < at)))
    problems.push({
      code: 'E1218',
      path: `tasks.${twice}`,
      message: `Several tasks come to have the name ${quote(twice)}.`,
      fix: 'Rename one of the tasks whose values give it.',
    });
  const { split, sampling, data, inputs, sharing } = config;
  const expanded = {
    ...config,
    tasks: Object.fromEntries(tasks),
    ...withLists({ split, sampling, data, inputs, sharing }, families),
  };
  for (const [section, named] of Object.entries(namedIn(config)))
    for (const [family] of families)
      if (named.includes(family))
        problems.push({
          code: 'E1218',
          path: section,
          message: `The task ${quote(family)} becomes ${families.get(family)!.length} tasks: ${section} cannot name it.`,
          fix: 'Leave it out. Lists of tasks alone name all of them by one name.',
        });
  if (problems.length === 0 && expanded.sharing.type === 'grouped')
    groupChecks(names, expanded.sharing.groups, (path, message, fix) => {
      problems.push({ code: 'E1209', path: path.join('.'), message, ...(fix !== undefined && { fix }) });
    });
  if (problems.length > 0) throw new PolytaskError('usage', problems);
  return {
    config: expanded as RunConfig,
    objects: { ...objects, heads: { ...objects.heads, ...(heads as typeof objects.heads) } },
  };
}

/** Where lists of tasks stand: a name in them is that of all tasks of a family. */
const lists: readonly string[] = ['tasks', 'unsafeFor', 'groups'];

/** A value with all tasks of families in the lists of tasks in it. */
function withLists<Value>(value: Value, families: ReadonlyMap<string, readonly string[]>, isList = false): Value {
  if (Array.isArray(value))
    return value.flatMap((one: unknown): readonly unknown[] =>
      isList && typeof one === 'string' ? (families.get(one) ?? [one]) : [withLists(one, families, isList)],
    ) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withLists(one, families, lists.includes(key))]),
  ) as Value;
}

/** The tasks that sections name one by one, where a family cannot stand. */
function namedIn({ relations, balance, sampling, select }: RunConfig): Readonly<Record<string, unknown[]>> {
  const { hierarchy = {}, reads = {}, correlated = [], esmm } = relations ?? {};
  const { target, pairs = [], ...perTask } = balance as Values & { readonly pairs?: readonly string[][] };
  const { within, batch, selector } = sampling as Values;
  return {
    relations: [
      ...Object.keys(hierarchy),
      ...Object.values(hierarchy).map(({ parent }) => parent),
      ...Object.entries(reads).flat(2),
      ...correlated.flatMap((pair) => pair.tasks),
      ...(esmm ? [esmm.first, esmm.both] : []),
    ],
    balance: [target, ...pairs.flat(), ...Object.values(perTask).flatMap(keysOf)],
    sampling: [within, ...keysOf(batch), ...importances(selector)],
    select: select.mode === 'primary' ? [select.task] : [],
  };
}

type Values = Readonly<Record<string, unknown>>;

const keysOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

/** Of a selector, and of those that it is made of. */
function importances(selector: unknown): string[] {
  const { importance, parts = [] } = (selector ?? {}) as Values & { readonly parts?: readonly Values[] };
  return [...keysOf(importance), ...parts.flatMap((part) => importances(part.selector))];
}
