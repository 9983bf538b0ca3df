import type { LoweredGraph, LoweredNode } from './emitter.ts';

/**
 * The same graph without splits into more than `widest` parts: they become splits of splits.
 *
 * A WebGPU shader has its input and each of its outputs in a storage buffer, of which a device may have as few as 8 (WebGPU, 3.6.2 Limits).
 */
export function narrowSplits<Graph extends LoweredGraph>(graph: Graph, widest: number): Graph {
  const constants = new Map(graph.constants);
  const sizes = (values: readonly number[]): string => {
    const name = `#split${values.join('_')}`;
    constants.set(name, { type: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) });
    return name;
  };

  const narrowed = (node: LoweredNode): LoweredNode[] => {
    const [x, sizesName] = node.inputs;
    const lengths = constants.get(sizesName ?? '')?.data;
    if (node.type !== 'Split' || node.outputs.length <= widest || !lengths) return [node];
    const length = Math.ceil(node.outputs.length / widest);
    const parts = Array.from({ length: Math.ceil(node.outputs.length / length) }, (_, index) => {
      const [from, to] = [index * length, (index + 1) * length];
      const [outputs, own] = [node.outputs.slice(from, to), Array.from(lengths, Number).slice(from, to)];
      return { name: outputs.length === 1 ? outputs[0]! : `${node.name}/${index}`, outputs, lengths: own };
    });
    const totals = parts.map((part) => part.lengths.reduce((sum, size) => sum + size, 0));
    const outer = { ...node, inputs: [x!, sizes(totals)], outputs: parts.map(({ name }) => name) };
    const inner = parts
      .filter(({ outputs }) => outputs.length > 1)
      .map(({ name, outputs, lengths: own }) => ({
        ...node,
        name: `${name}/split`,
        inputs: [name, sizes(own)],
        outputs,
      }));
    return [outer, ...inner.flatMap(narrowed)];
  };
  return { ...graph, nodes: graph.nodes.flatMap(narrowed), constants };
}
