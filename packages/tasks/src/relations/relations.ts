import { didYouMean, quote } from '@polytask/base';
import { requireNames } from '../require.ts';
import { topologicalOrder } from './topological-order.ts';

/** How the labels of a task depend on those of another one. */
export type Parent = {
  /** The task above. */
  readonly parent: string;
  /** For each label of the parent the labels that may stand below it. Under a label that is not listed there are none. */
  readonly under: Readonly<Record<string, readonly string[]>>;
};

export type RelationsOptions = {
  readonly tasks: readonly string[];
  /** Sets of tasks that are expected to help each other, in no order. */
  readonly correlated?: readonly (readonly string[])[];
  /** By child: its parent, and which labels may stand below which. */
  readonly hierarchy?: Readonly<Record<string, Parent>>;
  /** By task: the tasks whose outputs its head reads. */
  readonly reads?: Readonly<Record<string, readonly string[]>>;
};

/** Relations between tasks, checked: JSON. */
export type Relations = {
  readonly tasks: readonly string[];
  /** Parents before children, tasks that are read before their readers; else as listed. */
  readonly order: readonly string[];
  readonly correlated: readonly (readonly string[])[];
  readonly hierarchy: Readonly<Record<string, Parent>>;
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** Tasks in no relation. */
  readonly independent: readonly string[];
  /** Tasks that a chain of relations connects; an independent one is alone. */
  readonly connected: readonly (readonly string[])[];
};

/**
 * Says how tasks stand to each other: independent, correlated, one below the other, or reading each other's outputs.
 *
 * @throws RangeError for unknown tasks, a task related to itself, a label below no label of the parent, and for a cycle, which is named.
 */
export function relations({ tasks, correlated = [], hierarchy = {}, reads = {} }: RelationsOptions): Relations {
  requireNames('tasks', tasks);
  for (const [at, set] of correlated.entries()) {
    requireNames(`correlated[${at}]`, set);
    for (const task of set) requireTask(`correlated[${at}]`, task, tasks);
    if (set.length < 2)
      throw new RangeError(`correlated[${at}]: expected at least two tasks. Found ${quote(set[0])} alone.`);
  }
  for (const [child, { parent, under }] of Object.entries(hierarchy)) {
    requireTask('hierarchy', child, tasks);
    requireTask(`hierarchy.${child}.parent`, parent, tasks);
    if (Object.values(under).flat().length === 0)
      throw new RangeError(`hierarchy.${child}.under: expected labels of ${quote(child)}. Found none.`);
    const above = hierarchy[parent];
    const known = above && new Set(Object.values(above.under).flat());
    const stray = known && Object.keys(under).find((label) => !known.has(label));
    if (stray !== undefined)
      throw new RangeError(
        `hierarchy.${child}.under: expected labels that ${quote(parent)} has in its own relation. Found ${quote(stray)}.`,
      );
  }
  for (const [reader, read] of Object.entries(reads)) {
    requireTask('reads', reader, tasks);
    requireNames(`reads.${reader}`, read);
    for (const task of read) requireTask(`reads.${reader}`, task, tasks);
  }
  const needs = (task: string) => [
    ...(Object.hasOwn(hierarchy, task) ? [hierarchy[task]!.parent] : []),
    ...(Object.hasOwn(reads, task) ? reads[task]! : []),
  ];
  const order = topologicalOrder(tasks, needs, 'relations');
  const edges = [
    ...correlated.flatMap((set) => set.slice(1).map((task) => [set[0]!, task])),
    ...tasks.flatMap((task) => needs(task).map((other) => [other, task])),
  ] as [string, string][];
  const connected = componentsOf(tasks, edges);
  return {
    tasks,
    order,
    correlated,
    hierarchy,
    reads,
    independent: connected.flatMap((group) => (group.length === 1 ? group : [])),
    connected,
  };
}

function requireTask(place: string, task: string, tasks: readonly string[]): void {
  if (tasks.includes(task)) return;
  throw new RangeError(`${place}: expected the names of tasks. Found ${quote(task)}. ${didYouMean(task, tasks)}`);
}

function componentsOf(nodes: readonly string[], edges: readonly (readonly [string, string])[]): string[][] {
  let groups = nodes.map((node) => [node]);
  for (const [left, right] of edges) {
    const [one, other] = [left, right].map((node) => groups.find((group) => group.includes(node))!) as [
      string[],
      string[],
    ];
    if (one === other) continue;
    const joined = nodes.filter((node) => one.includes(node) || other.includes(node));
    groups = groups.flatMap((group) => (group === one ? [joined] : group === other ? [] : [group]));
  }
  return groups.sort((left, right) => nodes.indexOf(left[0]!) - nodes.indexOf(right[0]!));
}
