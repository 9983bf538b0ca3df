import type { Attributes, Spec } from '../graph.ts';

/** Writes ONNX nodes. Names are ONNX value names. */
export interface Emitter {
  /** Emits one node and returns the name of its first output. */
  op(type: string, inputs: readonly string[], attributes?: OnnxAttributes, domain?: string): string;
  /** Emits one node with several outputs. */
  ops(type: string, inputs: readonly string[], outputs: number, attributes?: OnnxAttributes, domain?: string): string[];
  /** A constant of 64-bit integers, ONNX's type for shapes, axes and permutations. */
  int64(values: readonly number[], shape?: readonly number[]): string;
  int32(values: readonly number[], shape?: readonly number[]): string;
  float(values: readonly number[] | Float32Array, shape?: readonly number[]): string;
  /** The values that repeat a smaller one, by name; for elementwise operations, in which ONNX repeats it by itself. */
  readonly repeated: Map<string, Repeated>;
  /** How many channels stand together in the runtime's blocked convolutions; undefined where it has none, or the file must be portable. */
  readonly channelBlock?: number | undefined;
}

/** A value that broadcasting makes the larger one of. */
export type Repeated = { readonly name: string; readonly shape: readonly number[] };

export type OnnxAttributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

/** A call as the lowering sees it: specs and ONNX names of the inputs, specs of the outputs. */
export type Call = {
  readonly inputs: Readonly<Record<string, Spec>>;
  readonly names: Readonly<Record<string, string>>;
  readonly attributes: Attributes;
  readonly outputs: readonly Spec[];
  /** The call that an input comes from, for operations that ONNX has as one; what is no longer used then is dropped. */
  readonly producer: (input: string) => Producer | undefined;
};

/** The call that made an input, and whether that input is used in other places too. */
export type Producer = Call & { readonly kernel: string; readonly isShared: boolean };

/**
 * All that the engine knows of one tfjs kernel. To add a kernel, add one of these to a table in this folder.
 *
 * `infer` gives the shapes and types of the outputs; `lower` emits ONNX nodes that compute them and returns their names.
 */
export interface Kernel {
  infer(inputs: Readonly<Record<string, Spec>>, attributes: never): readonly Spec[];
  lower(emit: Emitter, call: Call): readonly string[];
  /** Cheap to compute again: a cut of the step recomputes it instead of handing it over. */
  readonly cheap?: boolean;
  /** The same entries under another shape: nothing is computed. */
  readonly view?: boolean;
}

export const onnxTypes = { float32: 1, int32: 6, bool: 9 } as const;

/** One float. */
export const number = (emit: Emitter, value: number): string => emit.float([value], []);

export const castTo = (emit: Emitter, name: string, dtype: keyof typeof onnxTypes): string =>
  emit.op('Cast', [name], { to: onnxTypes[dtype] });

/** The shape of an elementwise operation on two shapes (numpy's rule). */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}

/** Axes counted from the front, in ascending order. */
export function positiveAxes(axes: number | readonly number[] | undefined | null, rank: number): number[] {
  const list = axes === undefined || axes === null ? Array.from({ length: rank }, (_, axis) => axis) : [axes].flat();
  return list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}
