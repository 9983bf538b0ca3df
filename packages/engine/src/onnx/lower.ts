import { sizeOf } from '@polytask/base';
import { exactAttributes, exactNumber } from '../exact.ts';
import { inputsOf, type Node, type Value } from '../graph.ts';
import { kernels } from '../kernels/index.ts';
import type { Call, Emitter } from '../kernels/kernel.ts';
import { filled } from '../kernels/shape.ts';
import type { Stage } from '../stages.ts';
import {
  type Attribute,
  type ElementType,
  model,
  type NodeProto,
  tensor,
  valueInfo,
  node as writeNode,
} from './proto.ts';

export type LoweredStage = {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<Value, string>;
  readonly outputs: ReadonlyMap<Value, string>;
};

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

/** One stage as an ONNX model whose inputs and outputs have the names `v<id>` and `out<number>`. */
export function lower(stage: Stage, channelBlock?: number): LoweredStage {
  const lowered = lowerNodes(stage, numbered, channelBlock);
  return { bytes: write(lowered, ({ shape }) => shape), inputs: lowered.inputs, outputs: lowered.outputs };
}

/** The file of a lowered graph. */
export function write(
  { nodes, constants, inputs, outputs }: LoweredGraph,
  shapeOf: (value: Value) => readonly (number | string)[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const info = ([value, name]: [Value, string]) => valueInfo(name, value.dtype, shapeOf(value));
  const graph = {
    name: 'polytask',
    nodes: nodes.map(writeNode),
    initializers: [...constants].map(([name, { type, shape, data }]) => tensor(name, type, shape, data)),
    inputs: [...inputs].map(info),
    outputs: [...outputs].map(info),
  };
  const domains = new Set(nodes.flatMap(({ domain }) => domain ?? []));
  return model(graph, [...domains], metadata);
}

/** What inputs and outputs are called. */
export type Naming = {
  input(value: Value): string;
  output(value: Value, index: number): string;
  /** A constant that has a name. */
  constant(name: string): string;
};

const numbered: Naming = {
  input: ({ id }) => `v${id}`,
  output: (_, index) => `out${index}`,
  constant: (name) => name,
};

/** The nodes of one stage, without those that nothing depends on. */
export function lowerNodes(stage: Stage, naming: Naming = numbered, channelBlock?: number): LoweredGraph {
  const { emit, at, nodes, constants, constant } = emitter(channelBlock);
  const names = new Map<Value, string>();
  for (const input of stage.inputs) names.set(input, naming.input(input));
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    if (value.source.kind !== 'constant') throw new RangeError(`Value ${value.id} is used before it is made.`);
    const given = value.source.name === undefined ? undefined : naming.constant(value.source.name);
    const name = constant(value.dtype, value.source.data, value.shape, given);
    names.set(value, name);
    return name;
  };

  const made = new Set(stage.nodes);
  const uses = new Map<Value, number>();
  for (const value of [...stage.nodes.flatMap(inputsOf), ...stage.outputs]) uses.set(value, (uses.get(value) ?? 0) + 1);
  const namesOf = (node: Node) =>
    Object.fromEntries(Object.entries(node.inputs).map(([name, value]) => [name, nameOf(value)]));
  const callOf = (node: Node): Call => ({
    inputs: node.inputs,
    names: namesOf(node),
    attributes: node.attributes,
    outputs: node.outputs,
    producer: (input) => {
      const value = node.inputs[input]!;
      const { source } = value;
      if (source.kind !== 'node' || !made.has(source.node)) return undefined;
      return { kernel: source.node.kernel, isShared: uses.get(value)! > 1, ...callOf(source.node) };
    },
  });
  for (const node of stage.nodes) {
    at(node);
    const { outputs } = node;
    // ONNX Runtime refuses many operations on nothing; what they would give is nothing
    const isEmpty = outputs.every(({ shape }) => sizeOf(shape) === 0);
    const lowered = isEmpty
      ? outputs.map((output) => filled(emit, 0, output))
      : kernels[node.kernel]!.lower(emit, callOf(node));
    for (const [index, name] of lowered.entries()) names.set(outputs[index]!, name);
  }

  const fetched = new Map<Value, string>();
  const renamed = new Map<string, string>();
  const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
  for (const [index, value] of stage.outputs.entries()) {
    const name = naming.output(value, index);
    const source = nameOf(value);
    fetched.set(value, name);
    // An input, a constant or a result that is an output already cannot be renamed: it is copied.
    if (produced.has(source) && !renamed.has(source)) renamed.set(source, name);
    else nodes.push({ type: 'Identity', name, inputs: [source], outputs: [name], attributes: {} });
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  const kept = used(
    nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
    fetched.values(),
  );
  const taken = new Set(kept.flatMap(({ inputs }) => inputs));
  return {
    nodes: kept,
    constants: new Map([...constants].filter(([name]) => taken.has(name))),
    inputs: new Map(stage.inputs.map((value) => [value, names.get(value)!])),
    outputs: fetched,
  };
}

/** The nodes that the outputs depend on: an operation that became part of another is not computed on its own. */
function used(nodes: readonly LoweredNode[], outputs: Iterable<string>): LoweredNode[] {
  const wanted = new Set(outputs);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => wanted.has(output))) return false;
    for (const input of node.inputs) wanted.add(input);
    return true;
  });
  return kept.reverse();
}

function emitter(channelBlock?: number) {
  const nodes: LoweredNode[] = [];
  const constants = new Map<string, Constant>();
  const equal = new Map<string, string>();
  const emitted = new Map<string, string[]>();
  let call: Node | undefined;
  let counter = 0;

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

  const ops: Emitter['ops'] = (type, inputs, count, attributes = {}, domain) => {
    const signature = `${type}|${inputs}|${count}|${exactAttributes(attributes)}`;
    const known = emitted.get(signature);
    if (known) return known;
    counter++;
    const outputs = Array.from({ length: count }, (_, index) =>
      count === 1 ? `#t${counter}` : `#t${counter}_${index}`,
    );
    nodes.push({
      type,
      name: `${call ? placeOf(call) : ''}#${counter}`,
      inputs,
      outputs,
      attributes: attributes as Record<string, Attribute>,
      ...(domain && { domain }),
      ...(call && { call }),
    });
    emitted.set(signature, outputs);
    return outputs;
  };

  const emit: Emitter = {
    channelBlock,
    op: (type, inputs, attributes, domain) => ops(type, inputs, 1, attributes, domain)[0]!,
    ops,
    int64: (values, shape = [values.length]) => constant('int64', BigInt64Array.from(values, BigInt), shape),
    int32: (values, shape = [values.length]) => constant('int32', Int32Array.from(values), shape),
    float: (values, shape = [values.length]) => constant('float32', Float32Array.from(values), shape),
  };
  const at = (node: Node) => {
    call = node;
  };
  return { emit, at, nodes, constants, constant };
}

const placeOf = ({ kernel, origin: { layer } }: Node) => (layer ? `${layer}/${kernel}` : kernel);
