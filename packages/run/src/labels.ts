import type { KnownLabels } from './batches.ts';
import type { RunConfig, TaskConfig } from './config/schema.ts';

/** Whether the labels of a task are classes; else they are numbers, texts, sets and the like, of which any counts. */
export const hasClasses = ({ type }: TaskConfig): boolean =>
  type === 'classify' || type === 'ordinal' || type === 'custom';

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
