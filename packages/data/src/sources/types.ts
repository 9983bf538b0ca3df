import type { HostTensor, Problem } from '@polytask/base';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What stands in one column of a row: JSON, or a block of numbers such as an image. */
export type Cell = JsonValue | HostTensor;

/** The cells of one row by column name: an object without a prototype, so that a column may be called `__proto__`. */
export type Values = Readonly<Record<string, Cell>>;

/** One data row, or what is wrong with it. `row` counts data rows and `line` lines of the file, both from 1. */
export type SourceRow =
  | { readonly row: number; readonly line: number; readonly values: Values }
  | { readonly row: number; readonly line: number; readonly bad: Problem };

/** Rows in file order, read as they are asked for. A source over a file can be read again, one over a stream cannot. */
export interface Source extends AsyncIterable<SourceRow> {
  /** The file's path, or what stands for it in messages. */
  readonly name: string;
}

/** A file's path, or bytes as they come: a Node Readable such as `process.stdin`, a fetched body, chunks of one's own. */
export type SourceInput = string | AsyncIterable<Uint8Array | string>;

export type SourceOptions = {
  /** What stands for a stream in messages. Default: `stdin`. */
  readonly name?: string;
  /** How bytes are read as text: `latin1` is what old spreadsheets write (Windows-1252). Default: utf-8, and what is not is a bad row. */
  readonly encoding?: 'utf-8' | 'latin1';
  /** A longer line, or a longer row of a CSV file, is a bad row and is never held in memory. Default: 1,048,576 bytes. */
  readonly maxLineBytes?: number;
};
