import { type Problem, quote } from '@polytask/base';
import { countNumbers, type Example, type TableRow } from '@polytask/data';
import { rawOf } from '../batches.ts';
import type { RunConfig } from '../config/schema.ts';
import type { Parts, Specs } from '../specs.ts';

/**
 * Cells of rows after training that are no numbers where training had numbers alone (E2338): there is nothing to make of them, so that they count as
 * missing. Of an encoder of one's own, nothing is known.
 */
export function strayNotes(
  { inputs }: Pick<RunConfig, 'inputs'>,
  parts: Parts,
  specs: Specs,
  examples: readonly Example[],
): Problem[] {
  const input = inputs[parts.input]!;
  const { columns } = (specs.encoder ?? {}) as { readonly columns?: unknown };
  if (input.type !== 'table' || !Array.isArray(columns)) return [];
  const learned = columns as readonly { readonly name: string; readonly isNumber?: boolean }[];
  const rows = examples.map((example) => rawOf(parts, example, undefined) as TableRow);
  return input.columns.flatMap((column, at): Problem[] => {
    if (learned.find(({ name }) => name === column)?.isNumber !== true) return [];
    const strange = rows.flatMap((row) => (countNumbers([row[column]]).others > 0 ? [String(row[column])] : []));
    if (strange.length === 0) return [];
    const message = `${strange.length} of ${rows.length} cells of the column ${quote(column)} are no numbers, as those of training were, such as ${quote(strange[0])}: they count as missing.`;
    return [{ code: 'E2338', path: `inputs.${parts.input}.columns.${at}`, message }];
  });
}
