import { isGraph, type NodeProto, type Subgraph } from './proto.ts';

/** The bodies of a loop node. */
export const subgraphs = ({ attributes }: NodeProto): Subgraph[] =>
  Object.values(attributes).flatMap((value) => (isGraph(value) ? [value.graph] : []));

/** The names that a node uses: its inputs, and what graphs in it use from around it. */
export function namesUsed(node: NodeProto): string[] {
  const inner = subgraphs(node).flatMap(({ nodes, inputs, outputs }) => {
    const own = new Set([...inputs.map(({ name }) => name), ...nodes.flatMap((each) => each.outputs)]);
    return [...nodes.flatMap(namesUsed), ...outputs.map(({ name }) => name)].filter((name) => !own.has(name));
  });
  return [...node.inputs, ...inner];
}

/** The node with other names, also in the graphs in it. */
export function renamed<Kind extends NodeProto>(node: Kind, rename: (name: string) => string): Kind {
  const attributes = Object.entries(node.attributes).map(([key, value]) => {
    if (!isGraph(value)) return [key, value] as const;
    const { nodes, inputs, outputs } = value.graph;
    return [key, { graph: { nodes: nodes.map((inner) => renamed(inner, rename)), inputs, outputs } }] as const;
  });
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(attributes),
  };
}

/** The nodes that the outputs depend on: an operation that became part of another is not computed on its own. */
export function used<Kind extends NodeProto>(nodes: readonly Kind[], outputs: Iterable<string>): Kind[] {
  const wanted = new Set(outputs);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => wanted.has(output))) return false;
    for (const name of namesUsed(node)) wanted.add(name);
    return true;
  });
  return kept.reverse();
}
