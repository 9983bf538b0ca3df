import { PolytaskError, type Problem, quote } from '@polytask/base';
import type { CleaningReport, CleaningStep } from '@polytask/data';
import type { CleaningConfig } from '../config/cleaning-schema.ts';
import { cleaningFor } from '../registry.ts';

/**
 * The steps of a list, whose complaints say which of the list it was.
 *
 * @throws PolytaskError usage E1214, when fitted or applied, where a step does not fit the columns.
 */
export function placedSteps(config: CleaningConfig, path = 'data.clean'): CleaningStep[] {
  return cleaningFor(config).map((step, at) => {
    const told = <Result>(work: () => Result): Result => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
        const message = `The step ${quote(config[at]!.type)} does not fit the data: ${error.message}`;
        throw new PolytaskError('usage', { code: 'E1214', path: `${path}.${at}`, message }, { cause: error });
      }
    };
    return {
      ...step,
      fit: (training, key) => told(() => step.fit(training, key)),
      apply: (table, spec, isTraining) => told(() => step.apply(table, spec, isTraining)),
    };
  });
}

/** What acts on new examples too: with what was learned it changes cells by themselves. The others judge rows by other rows or drop them. */
export const actsOnNewExamples = (step: CleaningConfig[number]): boolean => {
  if (step.type === 'outliers') return step.action !== 'drop';
  return !['carryValues', 'dropMissingRows', 'dropDuplicateRows', 'dropNearDuplicates', 'contradictoryLabels'].includes(
    step.type,
  );
};

/** What each step did, one note per step that changed anything, and what it found besides. */
export function stepNotes({ steps }: CleaningReport, path = 'data.clean'): Problem[] {
  return steps.flatMap(({ step, columns, droppedRows, addedColumns, droppedColumns, problems }, at) => {
    const changed = Object.values(columns).reduce((sum, column) => sum + column.changed, 0);
    const dropped = droppedRows.training + droppedRows.other;
    const done = [
      ...(changed > 0 ? [`changed ${count(changed, 'cell')} of ${count(Object.keys(columns).length, 'column')}`] : []),
      ...(dropped > 0 ? [`set ${count(dropped, 'row')} aside (${droppedRows.training} of training)`] : []),
      ...(addedColumns.length > 0 ? [`added ${count(addedColumns.length, 'column')}`] : []),
      ...(droppedColumns.length > 0 ? [`left ${count(droppedColumns.length, 'column')} out`] : []),
    ];
    const message = `${step[0]!.toUpperCase()}${step.slice(1)} ${done.join(', ')}.`;
    return [...(done.length > 0 ? [{ code: 'E2237', path: `${path}.${at}`, message }] : []), ...problems];
  });
}

const count = (value: number, what: string) => `${value} ${what}${value === 1 ? '' : 's'}`;
