import { bytesOf, type Graph, inputsOf, type Node, type Value } from './graph.ts';
import { kernels } from './kernels/index.ts';
import { network } from './minimum-cut.ts';

/** What runs without the host in between: from the inputs, through the nodes in order, to the outputs. */
export type Stage = {
  readonly inputs: readonly Value[];
  readonly constants: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
};

/**
 * Cuts a program at its hand-overs. Stage k holds what depends on the answer of hand-over k − 1 but on no later one.
 *
 * Values that cross a cut are handed over, except those that are cheap to compute again from what is handed over anyway.
 */
export function stages(graph: Graph): Stage[] {
  const live = liveNodes(graph);
  const levels = levelsOf(live);
  const level = (value: Value) => levels.get(value) ?? ownLevel(value);
  const count = graph.handOvers.length + 1;
  const groups = Array.from({ length: count }, (_, index) => live.filter((node) => level(node.outputs[0]!) === index));

  const wanted = Array.from({ length: count }, () => new Set<Value>());
  const want = (value: Value) => wanted[level(value)]!.add(value);
  for (const value of graph.outputs.values()) want(value);
  for (const { outputs } of graph.handOvers) for (const value of outputs.values()) want(value);

  const bodies = groups.map((nodes, index) => {
    const before = wanted.slice(0, index).flatMap((values) => [...values]);
    const early = new Set(needed(live, before));
    const { saved, again } = crossing(
      nodes,
      live,
      (value) => level(value) < index,
      (node) => early.has(node),
    );
    for (const value of saved) want(value);
    return [...again, ...nodes];
  });
  return bodies.map((body, index) => {
    const outputs = wanted[index]!;
    const nodes = needed(body, outputs); // what only a later stage needs may have become that stage's own
    return stageOf(nodes, outputs);
  });
}

/** Nodes that an output or a hand-over depends on, in order. */
function liveNodes(graph: Graph): Node[] {
  const handed = graph.handOvers.flatMap(({ outputs }) => [...outputs.values()]);
  return needed(graph.nodes, [...graph.outputs.values(), ...handed]);
}

/** The nodes among `nodes` that `values` depend on, in order. `taken` are values that need not be computed. */
export function needed(nodes: readonly Node[], values: Iterable<Value>, taken: ReadonlySet<Value> = new Set()): Node[] {
  const wanted = new Set(values);
  const found: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    found.push(node);
    for (const input of inputsOf(node)) if (!taken.has(input)) wanted.add(input);
  }
  return found.reverse();
}

const ownLevel = (value: Value): number => (value.source.kind === 'answer' ? value.source.handOver + 1 : 0);

function levelsOf(nodes: readonly Node[]): Map<Value, number> {
  const levels = new Map<Value, number>();
  for (const node of nodes) {
    const level = Math.max(0, ...inputsOf(node).map((input) => levels.get(input) ?? ownLevel(input)));
    for (const output of node.outputs) levels.set(output, level);
  }
  return levels;
}

/**
 * Which earlier values a stage takes over (`saved`) and which nodes it computes itself (`again`): the cheapest choice.
 *
 * Taking over costs the bytes that are kept; computing again costs a share of the bytes that are written, and is possible for cheap
 * operations only, and for those whose results no earlier stage wants: they are computed once, here. The best choice is a minimum cut
 * of the graph of values (Jain et al., "Checkmate", 2020, for the problem).
 *
 * @param isWanted whether earlier stages compute the node in any case.
 */
function crossing(
  nodes: readonly Node[],
  live: readonly Node[],
  isEarlier: (value: Value) => boolean,
  isWanted: (node: Node) => boolean,
) {
  const fromNode = (value: Value) => value.source.kind === 'node' && isEarlier(value);
  const boundary = new Set(nodes.flatMap(inputsOf).filter(fromNode));
  const earlier = needed(live, boundary).filter((node) => isEarlier(node.outputs[0]!));
  const values = earlier.flatMap(({ outputs }) => outputs);
  const numbers = new Map(values.map((value, index) => [value, index]));
  const [source, sink] = [2 * values.length, 2 * values.length + 1];
  const [before, after] = [(value: Value) => 2 * numbers.get(value)!, (value: Value) => 2 * numbers.get(value)! + 1];
  const net = network(2 * values.length + 2);
  const without = Number.MAX_SAFE_INTEGER;
  for (const node of earlier) {
    const { cheap, view } = kernels[node.kernel] ?? {};
    const isCheap = cheap === true && node.outputs.length === 1;
    for (const output of node.outputs) {
      const bytes = bytesOf(output) + 1;
      const again = !isWanted(node) || view ? 0 : isCheap ? bytes * shareOfAgain : without;
      net.edge(source, before(output), again);
      // a view that is an output is copied
      net.edge(before(output), after(output), view ? 1.01 * bytes : bytes);
      if (boundary.has(output)) net.edge(after(output), sink, without);
      for (const input of inputsOf(node)) if (fromNode(input)) net.edge(after(input), before(output), without);
    }
  }
  const isKept = net.sourceSide(source, sink);
  const saved = new Set(values.filter((value) => isKept.has(before(value)) && !isKept.has(after(value))));
  const missing = [...boundary].filter((value) => !saved.has(value));
  return { saved, again: needed(earlier, missing, saved) };
}

/** What it costs to write a byte again, of what it costs to keep one. */
const shareOfAgain = 0.5;

/** The nodes as a stage, with what they and its outputs need from outside. */
export function stageOf(nodes: readonly Node[], outputs: ReadonlySet<Value>): Stage {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const used = [...new Set([...nodes.flatMap(inputsOf), ...outputs])].filter((value) => !made.has(value));
  const isConstant = (value: Value) => value.source.kind === 'constant';
  return {
    nodes,
    inputs: used.filter((value) => !isConstant(value)),
    constants: used.filter(isConstant),
    outputs: [...outputs],
  };
}
