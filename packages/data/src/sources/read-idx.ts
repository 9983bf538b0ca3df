import { concatBytes, type HostTensor, hostTensor, PolytaskError } from '@polytask/base';
import { openFile } from './file.ts';
import { row } from './rows.ts';
import type { Source } from './types.ts';

/** A file of a column; with `columns`, whose rows are lists of numbers, each number has a column of its own. */
export type IdxColumn = string | { readonly file: string; readonly columns: readonly string[] };

export type IdxOptions = {
  /** The largest size of a file, unpacked. Default: 1 GiB. */
  readonly maxBytes?: number;
};

/** By IDX's number: the type here, the bytes of an entry, and how one is read. */
const types = {
  8: ['uint8', 1, (view: DataView, at: number) => view.getUint8(at)],
  9: ['int32', 1, (view: DataView, at: number) => view.getInt8(at)],
  11: ['int32', 2, (view: DataView, at: number) => view.getInt16(at)],
  12: ['int32', 4, (view: DataView, at: number) => view.getInt32(at)],
  13: ['float32', 4, (view: DataView, at: number) => view.getFloat32(at)],
  14: ['float64', 8, (view: DataView, at: number) => view.getFloat64(at)],
} as const;

type Block = { readonly file: string; readonly names: readonly string[]; readonly tensor: HostTensor };

/**
 * The rows of IDX files (`.idx`, `-ubyte`, also packed by gzip) that belong together: row i has the i-th entry of each file, a number or a
 * tensor.
 *
 * The files are read as a whole; sizes in a header are held against the bytes that there are before anything is made of them.
 * Format: LeCun, Cortes & Burges, "The MNIST database", 1998.
 *
 * @throws PolytaskError while reading: E2130 not an IDX file · E2131 fewer or more bytes than the header says · E2132 files of different
 * length · E2133 larger than `maxBytes` · E2134 as many columns as numbers are wanted; E1401, E1402, E2101.
 * @throws RangeError without a column.
 */
export function readIdx(columns: Readonly<Record<string, IdxColumn>>, { maxBytes = 2 ** 30 }: IdxOptions = {}): Source {
  const entries = Object.entries(columns);
  if (entries.length === 0) throw new RangeError('columns: expected at least one file. Found none.');
  const fileOf = (column: IdxColumn) => (typeof column === 'string' ? column : column.file);
  return {
    name: fileOf(entries[0]![1]),
    async *[Symbol.asyncIterator]() {
      const blocks: Block[] = [];
      for (const [name, column] of entries) {
        const file = fileOf(column);
        const tensor = parse(await unpacked(file, maxBytes), file);
        const names = typeof column === 'string' ? undefined : column.columns;
        const width = tensor.shape.slice(1).reduce((product, size) => product * size, 1);
        if (names && names.length !== width)
          throw problem(
            'E2134',
            file,
            `${name}: expected ${width} columns for ${width} numbers a row. Found ${names.length}.`,
            'Name a column for each number.',
          );
        blocks.push({ file, names: names ?? [name], tensor });
      }
      const count = blocks[0]!.tensor.shape[0]!;
      const other = blocks.find(({ tensor }) => tensor.shape[0] !== count);
      if (other)
        throw problem(
          'E2132',
          other.file,
          `Expected ${count} rows as in ${blocks[0]!.file}. Found ${other.tensor.shape[0]}.`,
          'Name files of the same examples: those of training together, those of testing together.',
        );
      for (let index = 0; index < count; index++) {
        const values = row();
        for (const { names, tensor } of blocks) {
          const [, ...shape] = tensor.shape;
          const size = shape.reduce((product, axis) => product * axis, 1);
          const data = tensor.data.subarray(index * size, (index + 1) * size);
          const isTensor = shape.length > 0 && names.length === 1;
          for (const [at, name] of names.entries())
            values[name] = isTensor ? ({ dtype: tensor.dtype, shape, data } as HostTensor) : data[at]!;
        }
        yield { row: index + 1, line: index + 1, values };
      }
    },
  };
}

const problem = (code: string, file: string, message: string, fix?: string) =>
  new PolytaskError('data', { code, file, message, ...(fix !== undefined && { fix }) });

const again = 'Copy or download the file again.';

async function unpacked(file: string, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => problem('E2133', file, `The file holds more than ${maxBytes} bytes, the limit of maxBytes.`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of await openFile(file)) {
    length += part.length;
    if (length > maxBytes) throw tooLarge();
    parts.push(part.slice());
  }
  const bytes = concatBytes(parts);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const { gunzipSync } = globalThis.process.getBuiltinModule('node:zlib');
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw problem('E2130', file, `The gzip archive is damaged: ${(error as Error).message}.`, again);
  }
}

/** The first bytes of a file, as messages show them. */
const startOf = (bytes: Uint8Array) =>
  bytes.length === 0
    ? 'an empty file'
    : `the bytes ${Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;

function parse(bytes: Uint8Array, file: string): HostTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = types[bytes[2] as keyof typeof types];
  const rank = bytes[3] ?? 0;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || !type || rank === 0)
    throw problem(
      'E2130',
      file,
      `Expected an IDX file: two zero bytes, a type and at least one axis. Found ${startOf(bytes)}.`,
      'Name a file such as train-images-idx3-ubyte, packed by gzip or not.',
    );
  const [dtype, width, read] = type;
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw problem('E2131', file, `The header names ${rank} axes and ends before their sizes.`, again);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (start + size * width !== bytes.length) {
    const message = `The header says [${shape.join(', ')}] entries of ${width} bytes, ${size * width} in all. Found ${bytes.length - start}.`;
    throw problem('E2131', file, message, start + size * width > bytes.length ? again : undefined);
  }
  if (dtype === 'uint8') return hostTensor('uint8', shape, bytes.subarray(start));
  return hostTensor(
    dtype,
    shape,
    Array.from({ length: size }, (_, at) => read(view, start + at * width)),
  );
}
