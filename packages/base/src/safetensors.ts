import { concatBytes } from './concat-bytes.ts';
import { PolytaskError } from './errors.ts';
import { type DType, type HostTensor, sizeOf, type TypedArray } from './tensor.ts';

const codes = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' } as const satisfies Record<
  DType,
  string
>;
const dtypes = Object.fromEntries(Object.entries(codes).map(([dtype, code]) => [code, dtype])) as Record<string, DType>;
const constructors = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/**
 * Named tensors as one safetensors file: 8 bytes of header length, a JSON header, the data.
 *
 * Names are written in the order given, so equal contents give equal bytes. Little-endian machines only, as all that run Node are.
 * Format: https://github.com/huggingface/safetensors
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  return concatBytes([...safetensorsParts(tensors, metadata)]);
}

/**
 * The same file part by part: what comes before the data, then the data of each tensor, which is not copied. For files that are as large as
 * a model, to write without a second copy of it in memory.
 */
export function* safetensorsParts(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Record<string, string> = {},
): Generator<Uint8Array, void, void> {
  // Entries, not assignments: a tensor may be called __proto__.
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header.push([name, { dtype: codes[dtype], shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil(text.length / 8) * 8; // padded with spaces, so that the data is aligned
  const start = new Uint8Array(8 + headerLength).fill(0x20, 8);
  new DataView(start.buffer).setBigUint64(0, BigInt(headerLength), true);
  start.set(text, 8);
  yield start;
  for (const { data } of tensors.values()) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The tensors and the metadata of a safetensors file. The data is copied, so the file's bytes may be dropped. Types that tensors here have not
 * become the next that holds all their values: F16 and BF16 float32, I64 int32.
 *
 * @throws PolytaskError E2601 when the header lies about lengths, types or offsets, or for an I64 that 32 bits do not hold.
 */
export function readSafetensors(bytes: Uint8Array): {
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
} {
  const fail = (message: string): never => {
    throw new PolytaskError('data', { code: 'E2601', message: `Not a valid safetensors file: ${message}` });
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes and needs at least 8.`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > bytes.length - 8)
    fail(`the header claims ${headerLength} bytes, the file has ${bytes.length - 8} left.`);
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), fail);
  const tensors = new Map<string, HostTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = textsOf(entry) ?? fail('its metadata is not a record of texts.');
      continue;
    }
    const wide = widened[entry.dtype];
    const dtype =
      dtypes[entry.dtype] ??
      wide?.dtype ??
      fail(
        `tensor "${name}" has type ${entry.dtype}; supported: ${[...Object.keys(dtypes), ...Object.keys(widened)].join(', ')}.`,
      );
    const [start, end] = entry.data_offsets ?? fail(`tensor "${name}" has no offsets.`);
    const width = wide?.bytes ?? constructors[dtype].BYTES_PER_ELEMENT;
    const inside = start >= 0 && end <= bytes.length - 8 - headerLength && end - start === sizeOf(entry.shape) * width;
    if (!inside)
      fail(`tensor "${name}" does not fit its offsets ${start}…${end} and shape [${entry.shape.join(', ')}].`);
    // A Buffer's own slice would be a view; the copy must start at offset 0 to be aligned for its type.
    const copy = Uint8Array.prototype.slice.call(bytes, 8 + headerLength + start, 8 + headerLength + end);
    const data: TypedArray = wide
      ? (wide.read(copy.buffer) ?? fail(`tensor "${name}" has whole numbers beyond 32 bits.`))
      : new constructors[dtype](copy.buffer, 0, copy.byteLength / width);
    tensors.set(name, { dtype, shape: entry.shape, data });
  }
  return { tensors, metadata };
}

/** Types of files that are read as another one. */
const widened: Readonly<
  Record<
    string,
    {
      readonly dtype: 'float32' | 'int32';
      readonly bytes: number;
      read(buffer: ArrayBufferLike): TypedArray | undefined;
    }
  >
> = {
  F16: {
    dtype: 'float32',
    bytes: 2,
    read: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf),
  },
  BF16: {
    dtype: 'float32',
    bytes: 2,
    // the upper half of a float32
    read: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  },
  I64: {
    dtype: 'int32',
    bytes: 8,
    read(buffer) {
      const values = new BigInt64Array(buffer);
      return values.every((value) => BigInt.asIntN(32, value) === value) ? Int32Array.from(values, Number) : undefined;
    },
  },
};

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
function fromHalf(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The record itself when all its values are texts, which is what the format allows. */
function textsOf(entry: object): Record<string, string> | undefined {
  const isRecord =
    typeof entry === 'object' && entry !== null && Object.values(entry).every((value) => typeof value === 'string');
  return isRecord ? Object.fromEntries(Object.entries(entry)) : undefined;
}

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

function parseHeader(bytes: Uint8Array, fail: (message: string) => never): Record<string, Entry> {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return fail(`its header is not JSON (${(error as Error).message}).`);
  }
}
