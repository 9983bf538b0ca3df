import type { Node } from '../graph.ts';
import type { Constant, LoweredNode } from './emitter.ts';
import { namesUsed } from './subgraph.ts';

type Nodes = {
  readonly constants: ReadonlyMap<string, Constant>;
  /** The node that makes a value. */
  maker(name: string): LoweredNode | undefined;
  /** The same if nothing else uses the value. */
  own(name: string | undefined, type: string): LoweredNode | undefined;
};

/** Another node in the place of one that ends a pattern; the others of the pattern are then used by nothing. */
type Rule = (node: LoweredNode, nodes: Nodes) => Partial<LoweredNode> | undefined;

/** A product and the vector that is added to each row: ONNX's Gemm does both in one pass. */
const bias: Rule = (node, { own }) => {
  if (node.type !== 'Add' || node.call?.kernel !== 'Add') return undefined;
  for (const [at, side] of ['a', 'b'].entries()) {
    const product = own(node.inputs[at], 'Gemm');
    const vector = node.call.inputs[side === 'a' ? 'b' : 'a']!;
    const isRow = vector.shape.length === 1 && shapeOf(product?.call) === shapeOf(node.call);
    if (product?.inputs.length !== 2 || product.call?.kernel !== 'BatchMatMul' || !isRow) continue;
    return { type: 'Gemm', inputs: [...product.inputs, node.inputs[1 - at]!], attributes: product.attributes };
  }
  return undefined;
};

const shapeOf = (call: Node | undefined) => String(call?.outputs[0]?.shape);

/** ½·x · (1 + erf(x / √2)) */
const gelu: Rule = (node, { constants, own }) => {
  const isNumber = (name: string | undefined, value: number) => {
    const constant = constants.get(name ?? '');
    return constant?.data.length === 1 && Math.abs(Number(constant.data[0]) - value) < 1e-6;
  };
  /** The other factor or summand, if one is this number. */
  const other = (found: LoweredNode | undefined, value: number) =>
    isNumber(found?.inputs[1], value)
      ? found!.inputs[0]
      : isNumber(found?.inputs[0], value)
        ? found!.inputs[1]
        : undefined;
  if (node.type !== 'Mul') return undefined;
  for (const at of [0, 1]) {
    const x = other(own(node.inputs[at], 'Mul'), 0.5);
    const erf = own(other(own(node.inputs[1 - at], 'Add'), 1), 'Erf');
    const inner = other(own(erf?.inputs[0], 'Mul'), Math.SQRT1_2);
    if (x !== undefined && x === inner) return { type: 'Gelu', inputs: [x], attributes: {} };
  }
  return undefined;
};

/** A change of shape of a change of shape is the last one. */
const reshape: Rule = (node, { maker }) => {
  const before = node.type === 'Reshape' ? maker(node.inputs[0]!) : undefined;
  return before?.type === 'Reshape' ? { inputs: [before.inputs[0]!, node.inputs[1]!] } : undefined;
};

const rules: readonly Rule[] = [bias, gelu, reshape];

/**
 * Puts one operation in the place of several where nothing else needs what is between them. ONNX Runtime's own fusions look for the graphs
 * that other exporters write. (Its layer norm is not among the rules: it takes the variance from E[x²] − E[x]², which loses the digits
 * of values far from 0.)
 */
export function simplify(
  given: readonly LoweredNode[],
  constants: ReadonlyMap<string, Constant>,
  outputs: Iterable<string>,
): LoweredNode[] {
  const makers = new Map<string, LoweredNode>();
  const uses = new Map<string, number>();
  const use = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const name of outputs) use(name);
  for (const node of given) for (const name of namesUsed(node)) use(name);
  const maker = (name: string) => makers.get(name);
  const own = (name = '', type: string) => {
    const found = uses.get(name) === 1 ? maker(name) : undefined;
    return found?.type === type ? found : undefined;
  };
  return given.map((node) => {
    let made = node;
    for (const rule of rules) {
      const changed = rule(made, { constants, maker, own });
      if (!changed) continue;
      made = { ...made, ...changed };
      // now more may use it
      for (const name of made.inputs) use(name);
    }
    for (const output of made.outputs) makers.set(output, made);
    return made;
  });
}
