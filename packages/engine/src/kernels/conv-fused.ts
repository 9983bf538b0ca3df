import { convolutions, lowerConv2D } from './conv.ts';
import { depthwiseConvolutions, lowerDepthwise } from './conv-depthwise.ts';
import type { Call, Emitter, Kernel } from './kernel.ts';
import { lowerMatMul, matmuls } from './matmul.ts';
import { reshaped } from './shape.ts';

type FusedAttributes = { readonly activation?: string; readonly leakyreluAlpha?: number; readonly dataFormat?: string };

/** A kernel with a bias and an activation after it, which tfjs calls from `tf.fused`. */
const fused = (plain: Kernel, lower: (emit: Emitter, call: Call) => string): Kernel => ({
  infer: plain.infer,
  lower: (emit, call) => {
    const { activation, leakyreluAlpha, dataFormat } = call.attributes as FusedAttributes;
    const perChannel = (name: 'bias' | 'preluActivationWeights') => {
      const { shape } = call.inputs[name]!;
      const isVector = dataFormat === 'NCHW' && shape.length === 1 && shape[0] !== 1;
      return isVector ? reshaped(emit, call.names[name]!, [shape[0]!, 1, 1]) : call.names[name]!;
    };
    const plainResult = lower(emit, call);
    const x = call.names.bias === undefined ? plainResult : emit.op('Add', [plainResult, perChannel('bias')]);
    switch (activation ?? 'linear') {
      case 'linear':
        return [x];
      case 'relu':
        return [emit.op('Relu', [x])];
      case 'relu6':
        return [emit.op('Clip', [x, emit.float([0], []), emit.float([6], [])])];
      case 'elu':
        return [emit.op('Elu', [x])];
      case 'sigmoid':
        return [emit.op('Sigmoid', [x])];
      case 'leakyrelu':
        return [emit.op('LeakyRelu', [x], { alpha: { float: leakyreluAlpha ?? 0.2 } })];
      case 'prelu':
        return [emit.op('PRelu', [x, perChannel('preluActivationWeights')])];
      default:
        throw new RangeError(`expected an activation that tfjs fuses. Found ${activation}.`);
    }
  },
});

export const fusedKernels: Record<string, Kernel> = {
  _FusedMatMul: fused(matmuls.BatchMatMul!, lowerMatMul),
  FusedConv2D: fused(convolutions.Conv2D!, lowerConv2D),
  FusedDepthwiseConv2D: fused(depthwiseConvolutions.DepthwiseConv2dNative!, lowerDepthwise),
};
