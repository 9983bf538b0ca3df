import type { Problem } from '@polytask/base';
import { applyCleaning, type Example, type Source, selectRows, table } from '@polytask/data';
import type { RunConfig } from '../config/schema.ts';
import type { CleaningRecord } from './clean-data.ts';
import { actsOnNewExamples, placedSteps, stepNotes } from './clean-steps.ts';
import { cellAt, cleanedExample, withColumnsOf, writtenCell } from './cleaned-example.ts';
import { readTable } from './read-table.ts';

/** The examples of another file after the steps of the run, with what they learned from its training rows. Rows that steps drop are gone. */
export async function cleanOther(
  config: RunConfig,
  { formats, spec }: CleaningRecord,
  {
    file,
    open,
    examples,
  }: { readonly file: string; readonly open: () => Source; readonly examples: readonly Example[] },
): Promise<{ examples: readonly Example[]; notes: readonly Problem[] }> {
  const read = await readTable([file], { open, formats: Object.fromEntries(formats) });
  const rowAt = new Map(Array.from(read.rowOf, (row, at) => [row, at]));
  const rows = examples.map(({ row }) => rowAt.get(row)!);
  const before = selectRows(withColumnsOf(read.table, formats), rows);
  const cleaned = applyCleaning(before, placedSteps(config.data.clean ?? []), spec, {
    rowNumbers: examples.map(({ row }) => row),
  });
  const tables = { before, after: cleaned.table, formats: new Map(formats) };
  const kept = Array.from(cleaned.rows, (index, row) => cleanedExample(config, examples[index]!, tables, [index, row]));
  return {
    examples: kept.flatMap((found) => ('code' in found ? [] : [found])),
    notes: [...stepNotes(cleaned.report), ...kept.flatMap((found) => ('code' in found ? [found] : []))].map((note) => ({
      ...note,
      file,
    })),
  };
}

/**
 * What the steps of a run make of new texts: as far as they act on cells by themselves. Steps that drop rows, judge labels or carry values
 * from row to row are for training and evaluation; where nothing is left of a text, it is the empty text.
 */
export function textCleaner(
  config: RunConfig,
  record: CleaningRecord | undefined,
  column: string,
): (texts: readonly string[]) => readonly string[] {
  const all = config.data.clean ?? [];
  if (record === undefined) return (texts) => texts;
  const acting = all.flatMap((step, at) => (actsOnNewExamples(step) ? [at] : []));
  const steps = placedSteps(all).filter((_, at) => acting.includes(at));
  const spec = { steps: record.spec.steps.filter((_, at) => acting.includes(at)) };
  const formats = new Map(record.formats);
  return (texts) => {
    const before = withColumnsOf(table(Object.fromEntries([[column, texts]])), record.formats);
    const after = applyCleaning(before, steps, spec).table;
    return texts.map((text, row) => {
      const is = cellAt(after, column, row);
      return is === text ? text : (writtenCell(is, formats.get(column)) ?? '');
    });
  };
}
