import { concatBytes } from '@polytask/base';

/**
 * A writer of ONNX files: the few messages of onnx.proto that a graph needs, in protobuf's wire format.
 *
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

type Field = number | string | Uint8Array | readonly number[];

/** Grows by doubling; a training step of a Transformer is some hundred kilobytes. */
function writer() {
  let bytes = new Uint8Array(1024);
  let length = 0;
  const reserve = (count: number) => {
    if (length + count <= bytes.length) return;
    const grown = new Uint8Array(Math.max(bytes.length * 2, length + count));
    grown.set(bytes.subarray(0, length));
    bytes = grown;
  };
  const varint = (value: number | bigint) => {
    reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      bytes[length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    bytes[length++] = Number(rest);
  };
  const block = (content: Uint8Array) => {
    varint(content.length);
    reserve(content.length);
    bytes.set(content, length);
    length += content.length;
  };
  const float = (value: number) => {
    reserve(4);
    new DataView(bytes.buffer).setFloat32(length, value, true);
    length += 4;
  };
  return { varint, block, float, done: () => bytes.slice(0, length) };
}

const text = new TextEncoder();

/** A message from `[field number, value]` pairs; numbers become varints, lists of numbers become packed varints. */
export function message(fields: readonly (readonly [number, Field | undefined])[]): Uint8Array {
  const out = writer();
  for (const [field, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === 'number') {
      out.varint(field << 3);
      out.varint(value);
    } else {
      out.varint((field << 3) | 2);
      out.block(typeof value === 'string' ? text.encode(value) : value instanceof Uint8Array ? value : packed(value));
    }
  }
  return out.done();
}

function packed(values: readonly number[]): Uint8Array {
  const out = writer();
  for (const value of values) out.varint(value);
  return out.done();
}

/** A graph in a node, such as the body of a loop. It may use values of the graph around it by their names. */
export type Subgraph = {
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
};

export type ValueInfo = {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
};

export type Attribute = number | string | readonly number[] | { readonly float: number } | { readonly graph: Subgraph };

const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

export function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'number')
    return message([
      [1, name],
      [3, value],
      [20, attributeTypes.int],
    ]);
  if (typeof value === 'string')
    return message([
      [1, name],
      [4, value],
      [20, attributeTypes.string],
    ]);
  if (Array.isArray(value))
    return message([[1, name], ...value.map((item) => [8, item] as const), [20, attributeTypes.ints]]);
  if (isGraph(value))
    return message([
      [1, name],
      [6, subgraph(value.graph)],
      [20, attributeTypes.graph],
    ]);
  const out = writer();
  out.varint((2 << 3) | 5);
  out.float((value as { float: number }).float);
  return concatBytes([message([[1, name]]), out.done(), message([[20, attributeTypes.float]])]);
}

export const isGraph = (value: Attribute): value is { readonly graph: Subgraph } =>
  typeof value === 'object' && 'graph' in value;

function subgraph({ nodes, inputs, outputs }: Subgraph): Uint8Array {
  const info = ({ name, type, shape }: ValueInfo) => valueInfo(name, type, shape);
  return message([
    ...nodes.map((content) => [1, node(content)] as const),
    [2, 'body'],
    ...inputs.map((input) => [11, info(input)] as const),
    ...outputs.map((output) => [12, info(output)] as const),
  ]);
}

export type NodeProto = {
  type: string;
  domain?: string;
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
};

export function node({ type, domain, name, inputs, outputs, attributes }: NodeProto): Uint8Array {
  return message([
    ...inputs.map((input) => [1, input] as const),
    ...outputs.map((output) => [2, output] as const),
    [3, name],
    [4, type],
    ...Object.entries(attributes).map(([key, value]) => [5, attribute(key, value)] as const),
    [7, domain],
  ]);
}

/** ONNX's element types. */
export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

export function tensor(name: string, type: ElementType, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message([...shape.map((axis) => [1, axis] as const), [2, elementTypes[type]], [8, name], [9, raw]]);
}

export function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): Uint8Array {
  const axes = shape.map((axis) => [1, message([typeof axis === 'number' ? [1, axis] : [2, axis]])] as const);
  const tensorType = message([
    [1, elementTypes[type]],
    [2, message(axes)],
  ]);
  return message([
    [1, name],
    [2, message([[1, tensorType]])],
  ]);
}

export type GraphProto = {
  name: string;
  nodes: Uint8Array[];
  initializers: Uint8Array[];
  inputs: Uint8Array[];
  outputs: Uint8Array[];
};

/** A model file: IR version 10, operator set 21, and version 1 of the other `domains` that its nodes come from. */
export function model(
  { name, nodes, initializers, inputs, outputs }: GraphProto,
  domains: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const graph = concatBytes([
    ...nodes.map((content) => message([[1, content]])),
    message([[2, name]]),
    ...initializers.map((content) => message([[5, content]])),
    ...inputs.map((content) => message([[11, content]])),
    ...outputs.map((content) => message([[12, content]])),
  ]);
  return message([
    [1, 10],
    [2, 'polytask'],
    [7, graph],
    [8, operatorSet('', 21)],
    ...domains.map((domain) => [8, operatorSet(domain, 1)] as const),
    ...Object.entries(metadata).map(
      ([key, value]) =>
        [
          14,
          message([
            [1, key],
            [2, value],
          ]),
        ] as const,
    ),
  ]);
}

const operatorSet = (domain: string, version: number) =>
  message([
    [1, domain],
    [2, version],
  ]);
