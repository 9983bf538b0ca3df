import { binaries } from './binary.ts';
import { lowerConv2D } from './conv.ts';
import { elementwise } from './elementwise.ts';
import type { Call, Kernel, Producer } from './kernel.ts';

/*
 * A bias and relu after a convolution are computed with it, where nothing else wants the values in between.
 */

/** The convolution whose result alone is `input`, in tfjs's own layout. */
function convolutionOf(call: Call, input: string): Producer | undefined {
  const made = call.producer(input);
  const isLast = (made?.attributes as { dataFormat?: string } | undefined)?.dataFormat !== 'NCHW';
  return made?.kernel === 'Conv2D' && !made.isShared && isLast ? made : undefined;
}

/** A convolution and the bias that is added to it. */
function biased(call: Call): { convolution: Producer; bias: string } | undefined {
  for (const [x, b] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const convolution = convolutionOf(call, x);
    const { shape } = call.inputs[b]!;
    if (convolution && shape.length === 1 && shape[0] === call.outputs[0]!.shape[3])
      return { convolution, bias: call.names[b]! };
  }
  return undefined;
}

const add: Kernel = {
  ...binaries.Add!,
  lower: (emit, call) => {
    const found = biased(call);
    return found ? [lowerConv2D(emit, found.convolution, { bias: found.bias })] : binaries.Add!.lower(emit, call);
  },
};

const relu: Kernel = {
  ...elementwise.Relu!,
  lower: (emit, call) => {
    const sum = call.producer('x');
    const found = sum?.kernel === 'Add' && !sum.isShared ? biased(sum) : undefined;
    return found
      ? [lowerConv2D(emit, found.convolution, { bias: found.bias, relu: true })]
      : elementwise.Relu!.lower(emit, call);
  },
};

/** In place of the elementwise ones. */
export const epilogues: Record<string, Kernel> = { Add: add, Relu: relu };
