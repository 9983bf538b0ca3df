import { PolytaskError } from '@polytask/base';
import { sortedPresent } from '../table/statistics.ts';

/**
 * The finite values in ascending order.
 *
 * @throws PolytaskError data E2250 when there is none.
 */
export function trainingValues(values: ArrayLike<number>, name: string): Float64Array {
  const sorted = sortedPresent(values);
  if (sorted.length > 0) return sorted;
  const message = `Expected training values to fit ${name} to. Found no finite one among ${values.length}.`;
  throw new PolytaskError('data', { code: 'E2250', message, fix: 'Drop the column, or fill its missing values.' });
}
