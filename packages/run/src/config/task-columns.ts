import type { TaskConfig } from './schema.ts';

/** The columns that the labels of a task are read from: one, or one for each label of a `multiLabel` task. */
export const taskColumns = (task: TaskConfig): readonly string[] =>
  'columns' in task && task.columns !== undefined ? task.columns : [task.column!];

/** The path in the run file, such as `tasks.topic.column`, of each of them. */
export const taskColumnPaths = (
  name: string,
  task: TaskConfig,
): readonly (readonly [path: string, column: string])[] =>
  'columns' in task && task.columns !== undefined
    ? task.columns.map((column, at) => [`tasks.${name}.columns.${at}`, column] as const)
    : [[`tasks.${name}.column`, task.column!] as const];
