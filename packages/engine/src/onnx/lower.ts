import type { Value } from '../graph.ts';
import type { Stage } from '../stages.ts';
import { emitter, type LoweredGraph } from './emitter.ts';
import { lowerCalls, scopeOf } from './lower-calls.ts';
import { narrowSplits } from './narrow-splits.ts';
import { model, type NodeProto, tensor, valueInfo, node as writeNode } from './proto.ts';
import { simplify } from './simplify.ts';
import { namesUsed, renamed, subgraphs, used } from './subgraph.ts';

export type LoweredStage = {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<Value, string>;
  readonly outputs: ReadonlyMap<Value, string>;
};

/**
 * One stage as an ONNX model whose inputs and outputs have the names `v<id>` and `out<number>`.
 *
 * @param widestSplit how many parts a split may have; any number when left out.
 */
export function lower(stage: Stage, channelBlock?: number, widestSplit?: number): LoweredStage {
  const whole = lowerNodes(stage, numbered, channelBlock);
  const lowered = widestSplit === undefined ? whole : narrowSplits(whole, widestSplit);
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
  return model(graph, domainsOf(nodes), metadata);
}

/** The operator sets, besides ONNX's own, that nodes and the loops in them use. */
const domainsOf = (nodes: readonly NodeProto[]): string[] => [
  ...new Set(
    nodes.flatMap((node) => [node.domain ?? [], ...subgraphs(node).map((graph) => domainsOf(graph.nodes))].flat()),
  ),
];

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
  const emission = emitter(channelBlock);
  const { nodes, constants, constant } = emission;
  const names = new Map(stage.inputs.map((input) => [input, naming.input(input)]));
  const scope = scopeOf(emission, names, ({ dtype, shape, source }) => {
    const { data, name } = source as Extract<Value['source'], { kind: 'constant' }>;
    return constant(dtype, data, shape, name === undefined ? undefined : naming.constant(name));
  });
  const { nameOf } = scope;
  lowerCalls(stage.nodes, scope, stage.outputs);

  const fetched = new Map<Value, string>();
  const newNames = new Map<string, string>();
  const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
  for (const [index, value] of stage.outputs.entries()) {
    const name = naming.output(value, index);
    const source = nameOf(value);
    fetched.set(value, name);
    // An input, a constant or a result that is an output already cannot be renamed: it is copied.
    if (produced.has(source) && !newNames.has(source)) newNames.set(source, name);
    else nodes.push({ type: 'Identity', name, inputs: [source], outputs: [name], attributes: {} });
  }
  const rename = (name: string) => newNames.get(name) ?? name;
  const all = nodes.map((node) => renamed(node, rename));
  const kept = used(simplify(all, constants, fetched.values()), fetched.values());
  const taken = new Set(kept.flatMap(namesUsed));
  return {
    nodes: kept,
    constants: new Map([...constants].filter(([name]) => taken.has(name))),
    inputs: new Map(stage.inputs.map((value) => [value, names.get(value)!])),
    outputs: fetched,
  };
}
