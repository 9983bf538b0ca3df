import { sizeOf } from '@polytask/base';
import type { Node, Value } from '../graph.ts';

/** An elementwise call, with what it takes in the order of its instruction: tensors of the shape of its result, and numbers. */
export type Step = { readonly node: Node; readonly operands: readonly Value[] };

export const isNumber = ({ shape }: Value): boolean => sizeOf(shape) === 1;

/**
 * The instructions of WebAssembly, one or several after their operands, that compute what ONNX Runtime computes for a kernel, to the last bit:
 * IEEE arithmetic, and the choice between two by a boolean.
 */
export const instructions: Readonly<Record<string, { readonly operands: readonly string[]; readonly simd: number }>> = {
  Add: { operands: ['a', 'b'], simd: 0xe4 },
  Sub: { operands: ['a', 'b'], simd: 0xe5 },
  Multiply: { operands: ['a', 'b'], simd: 0xe6 },
  RealDiv: { operands: ['a', 'b'], simd: 0xe7 },
  Square: { operands: ['x', 'x'], simd: 0xe6 },
  Sqrt: { operands: ['x'], simd: 0xe3 },
  Neg: { operands: ['x'], simd: 0xe1 },
  Select: { operands: ['t', 'e', 'condition'], simd: 0x52 },
};

/**
 * How a call is computed here, if it can be.
 *
 * @param isHere whether a node belongs to the same stage.
 */
export function stepOf(node: Node, isHere: (node: Node) => boolean): Step | undefined {
  const [output] = node.outputs as [Value];
  const names = instructions[node.kernel]?.operands;
  if (!names || output.dtype !== 'float32') return undefined;
  /** In the place of a tensor that repeats one number, as conditions do, that number. */
  const unrepeated = (value: Value): Value => {
    const { source } = value;
    const x = source.kind === 'node' && source.node.kernel === 'Tile' ? source.node.inputs.x! : undefined;
    return x && isNumber(x) && isHere((source as { node: Node }).node) ? x : value;
  };
  const operands = names.map((name) => unrepeated(node.inputs[name]!));
  const fits = operands.every((value, at) => {
    if (names[at] === 'condition') return isNumber(value);
    return value.dtype === 'float32' && (isNumber(value) || String(value.shape) === String(output.shape));
  });
  return fits && operands.some((value) => !isNumber(value)) ? { node, operands } : undefined;
}
