import type { Constant, LoweredGraph, LoweredNode } from './emitter.ts';
import { fitForm, isFixed } from './forms.ts';
import { Differs, type Traced } from './probes.ts';
import { type Attribute, isGraph, type NodeProto, type Subgraph, type ValueInfo } from './proto.ts';
import type { symbolic } from './symbolic.ts';

/** What is at the same place in the same program at all sizes. */
type All<T> = readonly T[];

/**
 * The nodes of a program that was lowered at several sizes, for all sizes: constants that differ are computed from the sizes. Bodies of
 * loops are programs of their own that use names from around them.
 *
 * @throws Differs where the nodes are others, not with other numbers alone.
 */
export function alignNodes(
  graphs: All<LoweredGraph>,
  traced: Traced,
  builder: ReturnType<typeof symbolic>,
): LoweredNode[] {
  const { corners, low, high } = traced;
  const names = new Map<string, string>(); // of results in the first graph → in all graphs
  const align = (all: All<string | undefined>) => names.set(all[0]!, all.join('|'));
  const inputs = graphs.map((graph) => [...graph.inputs.values()]);
  for (const at of inputs[0]!.keys()) align(inputs.map((list) => list[at]));
  align(graphs.map(() => '')); // an input that is left out

  const aligned = (lists: All<readonly NodeProto[]>, outer: number | undefined): NodeProto[] => {
    const nodes = lists[0]!.map((node, at) => {
      const all = lists.map((list) => list[at]);
      const place = outer ?? placeOf(node);
      for (const other of all) {
        const difference = compare(node, other);
        if (difference) throw new Differs(difference, place);
      }
      const same = all as NodeProto[];
      const given = node.inputs.map((_, position) =>
        nameOf(
          same.map((other) => other.inputs[position]!),
          node.type === 'Reshape' && position === 1,
          place,
        ),
      );
      const attributes = Object.entries(node.attributes).map(([key, value]) => {
        if (!isGraph(value)) return [key, value] as const;
        const bodies = same.map((other) => (other.attributes[key] as { graph: Subgraph }).graph);
        return [key, { graph: body(bodies, place) }] as const;
      });
      for (const index of node.outputs.keys()) align(same.map((other) => other.outputs[index]));
      return { ...node, inputs: given, attributes: Object.fromEntries<Attribute>(attributes) };
    });
    if (lists.some((list) => list.length !== nodes.length))
      throw new Differs('it has more steps for other sizes', outer);
    return nodes;
  };

  const nameOf = (all: All<string>, isShape: boolean, place: number | undefined): string => {
    const constants = all.map((name, graph) => graphs[graph]!.constants.get(name));
    if (constants.every((constant): constant is Constant => constant !== undefined)) {
      const made = builder.constant(all, constants, isShape);
      if (made !== undefined) return made;
      throw new Differs('its numbers are not linear in the sizes', place);
    }
    if (names.get(all[0]!) !== all.join('|')) throw new Differs('its arguments are others for other sizes', place);
    return all[0]!;
  };

  const body = (bodies: All<Subgraph>, place: number | undefined): Subgraph => {
    for (const at of bodies[0]!.inputs.keys()) align(bodies.map(({ inputs: own }) => own[at]?.name));
    const nodes = aligned(
      bodies.map(({ nodes: own }) => own),
      place,
    );
    const infos = (lists: All<readonly ValueInfo[]>) =>
      lists[0]!.map((info, at) =>
        open(
          info,
          lists.map((list) => list[at]!),
        ),
      );
    return {
      nodes,
      inputs: infos(bodies.map(({ inputs: own }) => own)),
      outputs: infos(bodies.map(({ outputs }) => outputs)),
    };
  };

  /** With a name of its own for each axis that depends on a size. */
  const open = (info: ValueInfo, all: All<ValueInfo>): ValueInfo => {
    const sizes = (axis: number) => all.slice(0, corners.length).map(({ shape }) => Number(shape[axis]));
    const isOpen = (axis: number) => !isFixed(fitForm(sizes(axis), low, high));
    return { ...info, shape: info.shape.map((size, axis) => (isOpen(axis) ? `${info.name}.${axis}` : size)) };
  };

  const placeOf = ({ call }: LoweredNode): number | undefined => {
    const place = call ? corners[0]!.nodes.indexOf(call) : -1;
    return place < 0 ? undefined : place;
  };

  return aligned(
    graphs.map(({ nodes }) => nodes),
    undefined,
  );
}

function compare(node: NodeProto, other: NodeProto | undefined): string | undefined {
  if (other?.type !== node.type || other.inputs.length !== node.inputs.length)
    return `it becomes other steps for other sizes (${node.type}, ${other?.type ?? 'none'})`;
  if (other.outputs.length !== node.outputs.length) return 'it has more or fewer results for other sizes';
  const [ours, theirs] = [plain(node), plain(other)];
  return ours === theirs ? undefined : `an attribute depends on a size (${node.type} ${ours}, ${theirs})`;
}

/** All attributes but graphs, as text. */
const plain = ({ attributes }: NodeProto) =>
  JSON.stringify(Object.entries(attributes).map(([key, value]) => [key, isGraph(value) ? 'graph' : value]));
