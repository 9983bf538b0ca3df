import { row } from './rows.ts';
import type { Cell, Source } from './types.ts';

/**
 * A source over records that a program has, or that come one by one: an array, a generator, a database cursor. Undefined cells are missing.
 *
 * @param name what stands for the source in messages.
 */
export function fromRows(
  records:
    | Iterable<Readonly<Record<string, Cell | undefined>>>
    | AsyncIterable<Readonly<Record<string, Cell | undefined>>>,
  name = 'rows',
): Source {
  return {
    name,
    async *[Symbol.asyncIterator]() {
      let count = 0;
      for await (const record of records) {
        count++;
        const values = row();
        for (const [column, cell] of Object.entries(record)) values[column] = cell ?? null;
        yield { row: count, line: count, values };
      }
    },
  };
}
