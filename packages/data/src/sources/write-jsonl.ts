import { isHostTensor, PolytaskError } from '@polytask/base';
import { outputFile } from './output-file.ts';
import type { Values } from './types.ts';

/**
 * Writes rows as JSON Lines, one row in memory at a time, and returns how many. `readJsonl` gives back the same rows.
 *
 * Numbers that are not a number are null, as missing cells are. The file appears whole or not at all. Format: https://jsonlines.org
 *
 * @throws PolytaskError usage E2141 for a tensor in a cell · E2143 for an infinite number, which JSON does not have · E1405 not in Node.
 */
export async function writeJsonl(rows: Iterable<Values> | AsyncIterable<Values>, file: string): Promise<number> {
  await using output = await outputFile(file);
  let count = 0;
  for await (const values of rows) {
    count++;
    for (const [path, cell] of Object.entries(values)) {
      if (cell === Number.POSITIVE_INFINITY || cell === Number.NEGATIVE_INFINITY) {
        const message = `JSON has no infinite numbers. Found one in row ${count}.`;
        throw new PolytaskError('usage', { code: 'E2143', file, path, message, fix: 'Clip outliers, or write CSV.' });
      }
      if (typeof cell === 'object' && cell !== null && isHostTensor(cell))
        throw new PolytaskError('usage', { code: 'E2141', file, path, message: 'Tensors cannot be written to JSON.' });
    }
    await output.write(`${JSON.stringify(values)}\n`);
  }
  await output.finish();
  return count;
}
