import { exactAttributes, exactNumber } from '../exact.ts';
import { type Node, placeOf, type Value } from '../graph.ts';
import type { Emitter } from '../kernels/kernel.ts';
import type { Attribute, ElementType, NodeProto } from './proto.ts';

/** A constant of the ONNX graph. */
export type Constant = {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView & ArrayLike<number | bigint>;
};

/** An ONNX node, and the call that it is a part of. */
export type LoweredNode = NodeProto & { readonly call?: Node };

/** One stage as ONNX nodes, not yet written. */
export type LoweredGraph = {
  readonly nodes: readonly LoweredNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: ReadonlyMap<Value, string>;
  readonly outputs: ReadonlyMap<Value, string>;
};

export type Emission = ReturnType<typeof emitter>;

type Shared = {
  readonly constants: Map<string, Constant>;
  readonly equal: Map<string, string>;
  readonly count: { nodes: number };
  readonly repeated: Emitter['repeated'];
};

/**
 * Collects ONNX nodes. The emitter of a loop's body shares constants and names with the one around it.
 *
 * @param channelBlock see `Emitter`.
 */
export function emitter(
  channelBlock?: number,
  shared: Shared = { constants: new Map(), equal: new Map(), count: { nodes: 0 }, repeated: new Map() },
) {
  const { constants, equal, count, repeated } = shared;
  const nodes: LoweredNode[] = [];
  const emitted = new Map<string, string[]>();
  let call: Node | undefined;

  const constant = (
    type: ElementType,
    data: ArrayBufferView & ArrayLike<number | bigint>,
    shape: readonly number[],
    given?: string,
  ): string => {
    const signature =
      given === undefined && data.length <= 64 ? `${type}|${shape}|${Array.from(data, exactNumber)}` : '';
    const known = equal.get(signature);
    if (known) return known;
    const name = given ?? `#c${constants.size}`;
    constants.set(name, { type, shape, data });
    if (signature) equal.set(signature, name);
    return name;
  };

  const push = (
    type: string,
    inputs: readonly string[],
    length: number,
    attributes: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): string[] => {
    const number = ++count.nodes;
    const outputs = Array.from({ length }, (_, index) => (length === 1 ? `#t${number}` : `#t${number}_${index}`));
    nodes.push({
      type,
      name: `${call ? nameOf(call) : ''}#${number}`,
      inputs,
      outputs,
      attributes,
      ...(domain && { domain }),
      ...(call && { call }),
    });
    return outputs;
  };

  const ops: Emitter['ops'] = (type, inputs, length, attributes = {}, domain) => {
    const signature = `${type}|${inputs}|${length}|${exactAttributes(attributes)}`;
    const known = emitted.get(signature);
    if (known) return known;
    const outputs = push(type, inputs, length, attributes as Record<string, Attribute>, domain);
    emitted.set(signature, outputs);
    return outputs;
  };

  const emit: Emitter = {
    channelBlock,
    repeated,
    op: (type, inputs, attributes, domain) => ops(type, inputs, 1, attributes, domain)[0]!,
    ops,
    int64: (values, shape = [values.length]) => constant('int64', BigInt64Array.from(values, BigInt), shape),
    int32: (values, shape = [values.length]) => constant('int32', Int32Array.from(values), shape),
    float: (values, shape = [values.length]) => constant('float32', Float32Array.from(values), shape),
  };
  const at = (node: Node) => {
    call = node;
  };
  /** A name for the input of a loop's body. */
  const fresh = () => `#b${++count.nodes}`;
  const inner = () => emitter(channelBlock, shared);
  return { emit, push, at, nodes, constants, constant, fresh, inner };
}

const nameOf = ({ kernel, origin }: Node) => [placeOf(origin), kernel].filter(Boolean).join('/');
