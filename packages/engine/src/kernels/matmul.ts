import { sizeOf } from '@polytask/base';
import { broadcast, type Call, type Emitter, type Kernel } from './kernel.ts';
import { filled } from './shape.ts';

type Transposes = { transposeA: boolean; transposeB: boolean };

const infer: Kernel['infer'] = ({ a, b }, { transposeA, transposeB }: Transposes) => {
  const rows = a!.shape.at(transposeA ? -1 : -2)!;
  const columns = b!.shape.at(transposeB ? -2 : -1)!;
  return [{ shape: [...broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), rows, columns], dtype: a!.dtype }];
};

/** The last two axes exchanged. */
const swapped = (rank: number) => [...Array(rank - 2).keys(), rank - 1, rank - 2];

/** Matrices go to Gemm, batches to ONNX Runtime's MatMul with transposes, which saves the copies; integers have MatMul alone. */
export function lowerMatMul(emit: Emitter, { inputs, names, attributes, outputs }: Call): string {
  // ONNX Runtime refuses some sums over nothing
  if (sizeOf(inputs.a!.shape) === 0 || sizeOf(inputs.b!.shape) === 0) return filled(emit, 0, outputs[0]!);
  const { transposeA, transposeB } = attributes as Transposes;
  const [a, b] = [names.a!, names.b!];
  if (inputs.a!.dtype !== 'float32') {
    const turned = (name: 'a' | 'b', isTransposed: boolean) =>
      isTransposed ? emit.op('Transpose', [names[name]!], { perm: swapped(inputs[name]!.shape.length) }) : names[name]!;
    return emit.op('MatMul', [turned('a', transposeA), turned('b', transposeB)]);
  }
  if (inputs.a!.shape.length === 2 && inputs.b!.shape.length === 2) {
    return emit.op('Gemm', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });
  }
  if (!transposeA && !transposeB) return emit.op('MatMul', [a, b]);
  return emit.op('FusedMatMul', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }, 'com.microsoft');
}

export const matmuls: Record<string, Kernel> = {
  BatchMatMul: { infer, lower: (emit, call) => [lowerMatMul(emit, call)] },
};
