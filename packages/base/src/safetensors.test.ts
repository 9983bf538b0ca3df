import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PolytaskError } from './errors.ts';
import { readSafetensors, safetensorsParts, writeSafetensors } from './safetensors.ts';
import { type DType, type HostTensor, hostTensor } from './tensor.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool'];

const arbitraryTensor: fc.Arbitrary<HostTensor> = fc
  .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 3 }) })
  .chain(({ dtype, shape }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return fc.array(fc.nat(1), { minLength: size, maxLength: size }).map((data) => hostTensor(dtype, shape, data));
  });

test('tensors of every type and shape come back as they were, also from a view into a larger buffer', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), arbitraryTensor), (record) => {
      const tensors = new Map(Object.entries(record).filter(([name]) => name !== '__metadata__'));
      const bytes = writeSafetensors(tensors, { label: 'ü' });
      const shifted = Buffer.concat([Buffer.from('xyz'), bytes]).subarray(3);

      expect(readSafetensors(shifted)).toEqual({ tensors, metadata: { label: 'ü' } });
    }),
  );
});

test('the parts of a file are its bytes, and those of tensors are not copied', () => {
  const tensors = new Map<string, HostTensor>([
    ['a', hostTensor('float32', [2], [1, 2])],
    ['b', hostTensor('int32', [3], Int32Array.of(9, 3, 4, 5, 9).subarray(1, 4))],
  ]);

  const parts = [...safetensorsParts(tensors, { label: 'x' })];

  expect(Buffer.concat(parts)).toEqual(Buffer.from(writeSafetensors(tensors, { label: 'x' })));
  for (const [at, { data }] of [...tensors.values()].entries()) expect(parts[at + 1]!.buffer).toBe(data.buffer);
  expect(readSafetensors(Buffer.concat(parts)).tensors.get('b')!.data).toEqual(Int32Array.of(3, 4, 5));
});

test('a tensor may have any name', () => {
  const tensors = new Map<string, HostTensor>([
    ['__proto__', hostTensor('float32', [1], [1])],
    ['constructor', hostTensor('int32', [], [2])],
  ]);

  expect(readSafetensors(writeSafetensors(tensors)).tensors).toEqual(tensors);
});

test('the layout is the one of the format: length, header, data', () => {
  const bytes = writeSafetensors(new Map([['a', hostTensor('float32', [1], [1])]]));

  // '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' has 54 characters and is padded to 56
  expect([...bytes.subarray(0, 8)]).toEqual([56, 0, 0, 0, 0, 0, 0, 0]);
  expect(new TextDecoder().decode(bytes.subarray(8, 62))).toBe(
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
  );
  expect([...bytes.subarray(64)]).toEqual([0, 0, 0x80, 0x3f]);
});

const withHeader = (header: string) => {
  const text = new TextEncoder().encode(header);
  return Uint8Array.from([text.length, 0, 0, 0, 0, 0, 0, 0, ...text]);
};

test.each([
  ['too short', Uint8Array.of(1, 2)],
  ['a header longer than the file', Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0)],
  ['a header that is not JSON', withHeader('{"a"')],
  ['an unknown type', withHeader('{"a":{"dtype":"X9","shape":[],"data_offsets":[0,0]}}')],
  ['offsets outside the file', withHeader('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')],
  ['a shape that does not fit its offsets', withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,0]}}')],
  ['metadata that is no record of texts', withHeader('{"__metadata__":{"a":1}}')],
  ['no offsets', withHeader('{"a":{"dtype":"F32","shape":[0]}}')],
])('%s is an error of its own', (_, bytes) => {
  expect(() => readSafetensors(bytes)).toThrow(PolytaskError);
});

test('any bytes are either read or refused, never a crash of another kind', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        readSafetensors(bytes);
      } catch (error) {
        expect(PolytaskError.is(error)).toBe(true);
      }
    }),
  );
});

test('half precision and long whole numbers are read as float32 and int32', () => {
  const file = (dtype: string, data: Uint8Array, count: number) => {
    const header = new TextEncoder().encode(
      JSON.stringify({ x: { dtype, shape: [count], data_offsets: [0, data.length] } }),
    );
    const bytes = new Uint8Array(8 + header.length + data.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    bytes.set(data, 8 + header.length);
    return bytes;
  };
  const read = (dtype: string, data: ArrayBufferView, count: number) =>
    readSafetensors(file(dtype, new Uint8Array(data.buffer), count)).tensors.get('x')!;
  // 1, −2, 2⁻²⁴, 65504, −0, ∞
  const halves = read('F16', Uint16Array.of(0x3c00, 0xc000, 1, 0x7bff, 0x8000, 0x7c00), 6);
  expect(halves.dtype).toBe('float32');
  expect([...halves.data]).toEqual([1, -2, 2 ** -24, 65504, -0, Number.POSITIVE_INFINITY]);
  expect([...read('BF16', Uint16Array.of(0x3f80, 0xc040), 2).data]).toEqual([1, -3]);
  const long = read('I64', BigInt64Array.of(0n, -5n, 2147483647n), 3);
  expect([long.dtype, ...long.data]).toEqual(['int32', 0, -5, 2147483647]);
  expect(() => read('I64', BigInt64Array.of(2147483648n), 1)).toThrow('beyond 32 bits');
});
