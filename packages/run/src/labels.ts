import { fitLabels } from '@polytask/data';
import { eachOf } from './config/expand-each.ts';
import type { RunConfig, TaskConfig } from './config/schema.ts';

/** Whether the labels of a task are classes; else they are numbers, texts, sets and the like, of which any counts. */
export const hasClasses = ({ type }: TaskConfig): boolean =>
  type === 'classify' || type === 'ordinal' || type === 'custom';

/**
 * The labels of a task in the order of its head's outputs: those of a scale by rank, and those that no training example has as well. Those of training in
 * their own order where the head says nothing of it; none of numbers and texts.
 *
 * @param spec what the head was fitted to.
 */
export function labelsInOrder(spec: unknown, counts: Iterable<string>): readonly string[] {
  const { labels } = (typeof spec === 'object' && spec !== null ? spec : {}) as { readonly labels?: unknown };
  return Array.isArray(labels) && labels.every((label) => typeof label === 'string')
    ? labels
    : fitLabels(counts).labels;
}

/** The labels of training by task; undefined where labels are no classes and any counts. */
export type KnownLabels = Readonly<Record<string, ReadonlySet<string> | undefined>>;

/** The labels that are judged: those of training, where they are classes; of tasks of one family, whose heads have the same classes, those of all of it. */
export function knownLabels(
  { tasks }: RunConfig,
  labelCounts: Readonly<Record<string, ReadonlyMap<string, number>>>,
): KnownLabels {
  const all = Object.entries(tasks);
  return Object.fromEntries(
    all.map(([task, config]) => {
      if (!hasClasses(config)) return [task, undefined];
      const family = eachOf(config)?.of;
      const alike =
        family === undefined ? [task] : all.flatMap(([name, one]) => (eachOf(one)?.of === family ? name : []));
      return [task, new Set(alike.flatMap((name) => [...labelCounts[name]!.keys()]))];
    }),
  );
}

/** A label where it is judged, else null: that of a class that training did not have counts as missing. */
export const judgedLabel = (known: KnownLabels, task: string, label: string | null): string | null =>
  label !== null && (known[task]?.has(label) ?? true) ? label : null;
