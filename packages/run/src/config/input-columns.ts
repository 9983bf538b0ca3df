import type { InputConfig } from './schema.ts';

/** The columns that an input reads. */
export const inputColumns = (input: InputConfig): readonly string[] =>
  input.type === 'table' ? input.columns : [input.column];

/** The path in the run file, such as `inputs.text.column`, of each column that an input reads. */
export const inputColumnPaths = (
  name: string,
  input: InputConfig,
): readonly (readonly [path: string, column: string])[] =>
  input.type === 'table'
    ? input.columns.map((column, at) => [`inputs.${name}.columns.${at}`, column] as const)
    : [[`inputs.${name}.column`, input.column] as const];

/** Whether what stands in the column is a path of a file to read. */
export const isMedia = ({ type }: InputConfig): boolean => type === 'image' || type === 'speech';
