import { sizeOf } from '@polytask/base';
import { inputsOf, type Node, type Value } from '../graph.ts';

/** An elementwise call: which of its inputs are as large as its result, and which are one number for all entries. */
export type Operation = { readonly vectors: readonly Value[]; readonly scalars: readonly Value[] };

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

/** How a call is computed here, if it can be. */
export function operationOf(node: Node): Operation | undefined {
  const [output] = node.outputs as [Value];
  if (!instructions[node.kernel] || output.dtype !== 'float32') return undefined;
  const inputs = inputsOf(node);
  const scalars = inputs.filter(({ shape }) => sizeOf(shape) === 1);
  const vectors = inputs.filter((value) => !scalars.includes(value));
  const isCondition = (value: Value) => value === node.inputs.condition;
  const fits =
    vectors.length > 0 &&
    vectors.every(({ shape, dtype }) => dtype === 'float32' && String(shape) === String(output.shape)) &&
    scalars.every((value) => value.dtype === (isCondition(value) ? 'bool' : 'float32'));
  return fits ? { vectors, scalars } : undefined;
}
