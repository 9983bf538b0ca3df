import { instructions } from './operations.ts';

/** What an operation takes: a tensor, a number, or the result of an earlier operation, by their places. */
export type Operand = readonly ['vector' | 'scalar' | 'step', number];

/** Elementwise operations one after the other. A scalar that is a condition is 0 or 1. */
export type Code = {
  readonly vectors: number;
  readonly scalars: number;
  readonly steps: readonly { readonly kernel: string; readonly operands: readonly Operand[] }[];
  /** Which steps are written to memory. */
  readonly outputs: readonly number[];
};

/** The memory in which all codes compute, and the largest it may become, in pages of 64 KiB: all that 32 bits can address. */
export const largestMemory = 65536;

const types = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** An unsigned integer in LEB128. */
function unsigned(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value % 128] : [(value % 128) | 128, ...unsigned(rest)];
}

const list = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
const text = (value: string) => sized([...new TextEncoder().encode(value)]);
const section = (id: number, bytes: readonly number[]) => [id, ...sized(bytes)];

const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const simd = (operation: number, ...rest: readonly number[]) => [0xfd, ...unsigned(operation), ...rest];
const aligned = [4, 0]; // to 2⁴ bytes, no offset
const [load, store, splat, notEqual, bitSelect] = [0x00, 0x0b, 0x13, 0x42, 0x52];
const constant = (value: number) => [0x41, value]; // below 64

/**
 * A WebAssembly module with the function `run(vector addresses…, output addresses…, scalars…, end)`: it computes four entries at a time, from
 * the addresses on, until the first vector's is `end`. Outputs may lie where vectors lie: all are read before any is written.
 *
 * https://webassembly.github.io/spec/core/binary/
 */
export function wasmModule({ vectors, scalars, steps, outputs }: Code): Uint8Array<ArrayBuffer> {
  const pointers = vectors + outputs.length;
  const end = pointers + scalars;
  const parameters = [
    ...new Array<number>(pointers).fill(types.i32),
    ...new Array<number>(scalars).fill(types.f32),
    types.i32,
  ];
  const first = { vector: end + 1, scalar: end + 1 + vectors, step: end + 1 + vectors + scalars };
  const value = ([kind, index]: Operand) => get(first[kind] + index);
  const places = Array.from({ length: pointers }, (_, index) => index);
  const body = [
    ...Array.from({ length: scalars }, (_, index) => [
      ...get(pointers + index),
      ...simd(splat),
      ...set(first.scalar + index),
    ]).flat(),
    ...[0x03, 0x40], // loop
    ...places.slice(0, vectors).flatMap((at) => [...get(at), ...simd(load, ...aligned), ...set(first.vector + at)]),
    ...steps.flatMap(({ kernel, operands }, index) => {
      const operation = instructions[kernel]!.simd;
      const given = operands.map(value);
      if (operation === bitSelect) given[2]!.push(...simd(0x0c, ...new Array<number>(16).fill(0)), ...simd(notEqual));
      return [...given.flat(), ...simd(operation), ...set(first.step + index)];
    }),
    ...outputs.flatMap((step, at) => [...get(vectors + at), ...get(first.step + step), ...simd(store, ...aligned)]),
    ...places.flatMap((at) => [...get(at), ...constant(16), 0x6a, ...set(at)]),
    ...[...get(0), ...get(end), 0x49, 0x0d, 0], // again while below the end
    ...[0x0b, 0x0b],
  ];
  const locals = [[...unsigned(vectors + scalars + steps.length), types.v128]];
  const shared = [0x02, 0x03, ...unsigned(1), ...unsigned(largestMemory)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...list(parameters.map((type) => [type])), 0]])),
    ...section(2, list([[...text('tail'), ...text('memory'), ...shared]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text('run'), 0, 0]])),
    ...section(10, list([sized([...list(locals), ...body])])),
  ]);
}
