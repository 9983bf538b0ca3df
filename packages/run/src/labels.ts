import { fitLabels } from '@polytask/data';
import type { KnownLabels } from './batches.ts';
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

/** The labels that are judged: those of training, where they are classes. */
export const knownLabels = (
  { tasks }: RunConfig,
  labelCounts: Readonly<Record<string, ReadonlyMap<string, number>>>,
): KnownLabels =>
  Object.fromEntries(
    Object.entries(tasks).map(([task, config]) => [
      task,
      hasClasses(config) ? new Set(labelCounts[task]!.keys()) : undefined,
    ]),
  );
