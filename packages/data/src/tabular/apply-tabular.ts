import type { HostTensor } from '@polytask/base';
import type { Table } from '../table/table.ts';
import { encoded, type TabularSpec } from './fit-tabular.ts';

/**
 * The rows of a table as features, float32 [rows, features]; `spec.features` names them. No feature is NaN.
 *
 * Give `trainingRows` when the table is the one that was fitted to: target encodings of these rows then come from the other folds. Without
 * them a training row's own target is in its features.
 *
 * @throws RangeError when a column does not exist or the training rows are not as many as were fitted to. @throws TypeError when a column
 * has the wrong type.
 */
export function applyTabular(
  table: Table,
  spec: TabularSpec,
  { trainingRows }: { readonly trainingRows?: ArrayLike<number> } = {},
): HostTensor<'float32'> {
  const { rowCount } = table;
  const width = spec.features.length;
  const position = new Int32Array(rowCount).fill(-1);
  for (let at = 0; at < (trainingRows?.length ?? 0); at++) position[trainingRows![at]!] = at;
  if (trainingRows) checkFolds(spec, trainingRows.length);
  const columns = spec.columns.map(({ column, spec: learned }) =>
    encoded(table, column, learned, (row) => position[row]!),
  );
  const data = new Float32Array(rowCount * width);
  let start = 0;
  for (const { names, write } of columns) {
    for (let row = 0; row < rowCount; row++) write(row, data, row * width + start);
    start += names.length;
  }
  return { dtype: 'float32', shape: [rowCount, width], data };
}

function checkFolds({ columns }: TabularSpec, found: number): void {
  for (const { spec } of columns) {
    if (spec.type === 'target' && spec.folds.length !== found) {
      throw new RangeError(`trainingRows: expected the ${spec.folds.length} that were fitted to. Found ${found}.`);
    }
  }
}
