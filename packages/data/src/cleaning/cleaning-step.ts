import type { Key, Problem } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';
import type { Column, Table } from '../table/table.ts';

/** What a step made of a table. */
export type StepOutcome = {
  /** All columns after the step; their rows are still those of the table that was handed in. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Rows to take out, counted from 0, and why; `earlier` is the row that a reason is about, whose number then ends the message. */
  readonly setAside?: readonly { readonly row: number; readonly problem: Problem; readonly earlier?: number }[];
  /** What was found and left as it is. */
  readonly problems?: readonly Problem[];
};

/**
 * A step of cleaning: statistics of training rows, and what it does to a table with them.
 *
 * A step keeps no log: `cleanTable` compares the columns before and after, so that a step of one's own is reported like any other.
 */
export interface CleaningStep {
  readonly name: string;
  /** What it was made with, for the report. */
  readonly options: JsonValue;
  /** Statistics, as JSON. `training` has the training rows and nothing else; its columns are those that the steps before left. */
  fit(training: Table, key: Key): JsonValue;
  /**
   * `isTraining` has a 1 for each training row. What becomes of a training row must not depend on other rows; with data to predict on, no
   * row is a training row.
   */
  apply(table: Table, spec: JsonValue, isTraining: Uint8Array): StepOutcome;
}

/** A step whose specification has a type of its own. */
export type TypedStep<Spec> = {
  readonly name: string;
  readonly options: JsonValue;
  fit(training: Table, key: Key): Spec;
  apply(table: Table, spec: Spec, isTraining: Uint8Array): StepOutcome;
};

/** A step whose specification has a type of its own as one of a list of steps; it only ever gets back what its `fit` gave. */
export function cleaningStep<Spec extends JsonValue>(step: TypedStep<Spec>): CleaningStep {
  return { ...step, apply: (table, spec, isTraining) => step.apply(table, spec as Spec, isTraining) };
}
