import { exactAttributes, exactEntries } from '../exact.ts';
import { inputsOf, type Node, type Value } from '../graph.ts';
import { needed } from '../stages.ts';
import { type ScanBody, scanOf } from './body.ts';

/** Text that is equal for bodies that compute the same in the same way, whatever the numbers of their values. */
export function bodySignature({ carries, xs, constants, nodes, nextCarries, ys }: ScanBody): string {
  const names = new Map<Value, string>();
  const spec = ({ dtype, shape }: Value) => `${dtype}[${shape}]`;
  const inputs = [carries, xs, constants].map((values) => values.map(spec).join());
  for (const [position, value] of [...carries, ...xs, ...constants].entries()) names.set(value, `i${position}`);
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const { source } = value;
    const name = source.kind === 'constant' ? `${spec(value)}${exactEntries(source.data as Float32Array)}` : '?';
    names.set(value, name);
    return name;
  };
  const results = [...nextCarries, ...ys];
  const calls = needed(nodes, results).map((node, position) => {
    const given = Object.entries(node.inputs).map(([input, value]) => `${input}:${nameOf(value)}`);
    for (const [index, output] of node.outputs.entries()) names.set(output, `n${position}.${index}`);
    return `${node.kernel}(${given})${attributesOf(node)}`;
  });
  return [...inputs, ...calls, nextCarries.map(nameOf).join(), ys.map(nameOf).join()].join(';');
}

function attributesOf(node: Node): string {
  const inner = scanOf(node);
  return inner ? `${inner.reverse}{${bodySignature(inner.body)}}` : exactAttributes(node.attributes);
}

/** Whether a value depends on what differs from step to step, for each value of the nodes. */
export function varying(nodes: readonly Node[], changing: readonly Value[]): ReadonlySet<Value> {
  const found = new Set(changing);
  for (const node of nodes)
    if (inputsOf(node).some((input) => found.has(input))) for (const output of node.outputs) found.add(output);
  return found;
}
