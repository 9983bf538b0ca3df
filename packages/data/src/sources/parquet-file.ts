import { PolytaskError, type Problem, quote } from '@polytask/base';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';

const magic = 'PAR1';
const again = 'Copy or download the file again.';

/**
 * What is wrong with the two ends of a Parquet file, without which nothing in it can be found: its first and last four bytes are `PAR1`, and before
 * the latter stands the length of what describes the file.
 */
export async function frameProblem(file: AsyncBuffer, path: string): Promise<Problem | undefined> {
  const problem = (message: string, fix: string): Problem => ({ code: 'E2140', file: path, message, fix });
  const size = file.byteLength;
  if (size === 0) return problem('The file is empty.', again);
  const bytes = async (start: number, end: number) => new Uint8Array(await file.slice(Math.max(0, start), end));
  const text = (part: Uint8Array) => new TextDecoder('latin1').decode(part);
  const start = text(await bytes(0, Math.min(4, size)));
  if (start !== magic) {
    const message = `Expected a Parquet file, which starts with ${magic}. Found ${quote(start)}.`;
    return problem(message, 'Name files of text by what they are: .csv, .tsv or .jsonl.');
  }
  const tail = await bytes(size - 8, size);
  const end = text(tail.subarray(-4));
  if (end === 'PARE') return problem('The file is encrypted, which is not read.', 'Write it without encryption.');
  if (size < 12 || end !== magic) {
    const message = `The file is cut off: expected ${magic} at its end, at byte ${size}. Found ${quote(end)}.`;
    return problem(message, again);
  }
  const length = new DataView(tail.buffer, tail.byteOffset, tail.byteLength).getUint32(0, true);
  if (length + 12 <= size) return undefined;
  const message = `The file is cut off: its description should take ${length} of its ${size} bytes.`;
  return problem(message, again);
}

/** What a library found wrong within a file: E2144 something that is not read, E2140 damage. */
export function parquetProblem(error: unknown, file: string): PolytaskError {
  const reason = error instanceof Error ? error.message : String(error);
  const [, what] = /^parquet (.*)$/.exec(reason) ?? [];
  const isUnread = what !== undefined && /unsupported|not supported/.test(what) && !what.includes('undefined');
  // what a library says when it trips over numbers that cannot be
  const isTrip = error instanceof TypeError || error instanceof RangeError;
  const found = isTrip ? `its parts do not fit together (${reason.replace(/\.$/, '')})` : (what ?? reason);
  const problem: Problem = isUnread
    ? {
        code: 'E2144',
        file,
        message: `The file is written in a way that is not read: ${what}.`,
        fix: 'Write it again with plain or dictionary encoding, packed by snappy, gzip, zstd, brotli or LZ4.',
      }
    : { code: 'E2140', file, message: `The Parquet file is damaged: ${found}.`, fix: again };
  return new PolytaskError('data', problem, { cause: error });
}

/**
 * Whether every group has the columns of the schema, each once and in its order. A column that has no place there is read and never waited for:
 * where that fails, the program ends.
 */
export function hasColumnsOfSchema(root: SchemaTree, { row_groups: groups }: FileMetaData): boolean {
  const leaves = (tree: SchemaTree): string[] =>
    tree.children.length === 0 ? [JSON.stringify(tree.path)] : tree.children.flatMap(leaves);
  const names = root.children.flatMap(leaves);
  return (
    new Set(names).size === names.length &&
    groups.every(
      ({ columns }) =>
        columns.length === names.length &&
        columns.every(({ meta_data: of }, at) => of && JSON.stringify(of.path_in_schema) === names[at]),
    )
  );
}
