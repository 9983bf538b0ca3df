import { type HostTensor, leaves, mapTree, type Tree } from '@polytask/base';
import { type Context, context, noRandom } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { DynamicProgram, Feed } from '../device.ts';
import { axesOf, withSizes } from '../dynamic.ts';
import type { Graph, Value } from '../graph.ts';
import { stages } from '../stages.ts';
import { toFeed, traceProgram } from '../trace-program.ts';
import { type DynamicGraph, generalise } from './generalise.ts';
import { lowerNodes, type Naming, write } from './lower.ts';
import { refuseHost } from './probes.ts';

/** What a model of `defineModel` has, as far as a file needs it. */
export type ExportedModel = {
  readonly tasks: readonly string[];
  represent(params: never, inputs: never, context: Context): tf.Tensor;
  outputs(params: never, representation: tf.Tensor, context: Context): Readonly<Record<string, unknown>>;
};

export type ExportOptions = {
  /** A batch of inputs: names, types and shapes count, the values do not. */
  readonly inputs: Tree<HostTensor>;
  /** Names of the leading axes of the inputs that may have any size. Default: `['batch']`; `[]` for the very shapes of `inputs`. */
  readonly axes?: readonly (string | null)[];
  /** What the file says of itself, such as label names: strings as they are, anything else as JSON. */
  readonly metadata?: Readonly<Record<string, unknown>>;
};

/**
 * A model and its parameters as an ONNX file (operator set 21, some operators of com.microsoft) that any ONNX Runtime opens.
 *
 * Inputs, outputs and parameters have their paths as names: `ids`, `topic`, `encoder.tokens.table`. A model gives the outputs of its heads in
 * mode `infer`, and its task names as `tasks` in the metadata.
 *
 * @param model of `defineModel`, or a function of parameters and inputs that returns a tree of tensors.
 * @throws PolytaskError E3020 when it is not one program for all sizes of `axes` · E3022 when it draws random numbers.
 */
export function exportOnnx(
  model: ExportedModel | ((params: never, inputs: never) => unknown),
  params: unknown,
  { inputs, axes = ['batch'], metadata = {} }: ExportOptions,
): Uint8Array {
  const program = typeof model === 'function' ? model : inference(model);
  const given = mapTree<unknown, unknown>([params, inputs] as Tree<unknown>, toFeed) as unknown[];
  const feeds = new Map(leaves<unknown>(given as Tree<unknown>).filter(([path]) => path.startsWith('1'))) as Map<
    string,
    Feed
  >;
  const paths = new Map<Value, string[]>(); // of the results of every trace
  const trace = (all: readonly unknown[], sites = false): Graph => {
    const { graph } = traceProgram(program, all, { isFrozen: (path) => path.startsWith('0'), sites });
    for (const [path, value] of graph.outputs) paths.set(value, [...(paths.get(value) ?? []), path || 'output']);
    return graph;
  };
  const named = axesOf(feeds, { 1: axes });
  const dynamic: DynamicProgram = {
    axes: named,
    given: feeds,
    trace: (sizes, sites) => trace(withSizes(given, named, sizes), sites),
  };
  const naming = namesFor([...feeds.keys()], paths);
  const isDynamic = [...named.values()].flat().some((name) => name !== null);
  const graph = isDynamic ? generalise(dynamic, naming) : fixed(trace(given), naming);
  const about = typeof model === 'function' ? metadata : { tasks: model.tasks, ...metadata };
  const whole = complete(graph, paths, [...feeds.keys()]);
  return write(whole, (value) => whole.shapes.get(value)!, texts(about));
}

/** The outputs of a model's heads. */
const inference =
  ({ represent, outputs }: ExportedModel) =>
  (params: never, inputs: never) => {
    const silent = context('infer', noRandom);
    return outputs(params, represent(params, inputs, silent), silent);
  };

function fixed(graph: Graph, naming: Naming): DynamicGraph {
  refuseHost(graph);
  const lowered = lowerNodes(stages(graph)[0]!, naming);
  const shapes = [...lowered.inputs, ...lowered.outputs].map(([value]) => [value, value.shape] as const);
  return { ...lowered, shapes: new Map(shapes), results: graph.outputs };
}

/** Paths; where two things have the same path, with what they are behind it. */
function namesFor(inputs: readonly string[], results: ReadonlyMap<Value, readonly string[]>): Naming {
  const inner = (path: string, whole: string) => path.slice(2) || whole;
  const given = new Set(inputs.map((path) => inner(path, 'input')));
  const output = (path: string) => (given.has(path) ? `${path}.output` : path);
  return {
    input: ({ source }) => inner(source.kind === 'argument' ? source.path : '', 'input'),
    output: (value) => output(results.get(value)![0]!),
    constant(path) {
      const name = inner(path, 'parameter');
      const isTaken = given.has(name) || [...results.values()].flat().map(output).includes(name);
      return isTaken ? `${name}.parameter` : name;
    },
  };
}

/** Inputs in the order in which they are given; a result that is returned under several names has one output for each. */
function complete(
  graph: DynamicGraph,
  paths: ReadonlyMap<Value, readonly string[]>,
  given: readonly string[],
): DynamicGraph {
  const place = ({ source }: Value) => given.indexOf(source.kind === 'argument' ? source.path : '');
  const inputs = new Map([...graph.inputs].sort(([a], [b]) => place(a) - place(b)));
  const nodes = [...graph.nodes];
  const outputs = new Map(graph.outputs);
  const shapes = new Map(graph.shapes);
  for (const [value, name] of graph.outputs) {
    for (const further of paths.get(value)!.slice(1)) {
      const copy = { ...value };
      nodes.push({ type: 'Identity', name: further, inputs: [name], outputs: [further], attributes: {} });
      outputs.set(copy, further);
      shapes.set(copy, graph.shapes.get(value)!);
    }
  }
  return { ...graph, nodes, inputs, outputs, shapes };
}

const texts = (metadata: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
