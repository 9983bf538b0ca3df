import { inputsOf, type Node, type Value } from '../graph.ts';
import type { Stage } from '../stages.ts';

/** Kernels that write a part of their input anew, and its name: where input and output share their memory, the rest needs no copy. */
const partial: Readonly<Record<string, string>> = { TensorScatterUpdate: 'tensor' };

/**
 * Results that may be computed in the memory of a donated argument, and the path of that argument: the argument with some rows replaced,
 * where every other reading of the argument comes before in any order of execution.
 */
export function updatedInPlace(parts: readonly Stage[], outputs: readonly Value[]): Map<Value, string> {
  const found = new Map<Value, string>();
  parts.forEach(({ nodes }, index) => {
    const present = parts.slice(index).flatMap((part) => part.nodes);
    for (const node of nodes) {
      const [output] = node.outputs as [Value];
      const argument = node.inputs[partial[node.kernel] ?? ''];
      if (argument?.source.kind !== 'argument' || argument.dtype !== 'float32') continue;
      if (outputs.filter((value) => value === output).length !== 1 || outputs.includes(argument)) continue;
      const before = ancestors(node, nodes);
      const isLast = present.every(
        (reader) => reader === node || before.has(reader) || !inputsOf(reader).includes(argument),
      );
      if (isLast) found.set(output, argument.source.path);
    }
  });
  return found;
}

/** The nodes among `nodes` that must run before one of them. */
function ancestors(node: Node, nodes: readonly Node[]): Set<Node> {
  const among = new Set(nodes);
  const found = new Set<Node>();
  const open = [node];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const { source } of inputsOf(next)) {
      if (source.kind !== 'node' || !among.has(source.node) || found.has(source.node)) continue;
      found.add(source.node);
      open.push(source.node);
    }
  }
  return found;
}
