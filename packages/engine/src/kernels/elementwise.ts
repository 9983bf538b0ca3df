import type { ValueType } from '../graph.ts';
import { castTo, type Emitter, type Kernel, number } from './kernel.ts';
import { elementwiseOn } from './repeated.ts';

type Unary = (emit: Emitter, x: string, attributes: Record<string, number>) => string;

/** A result computed in `from`, as tfjs stores it: cut towards 0 for integers and booleans. tfjs keeps 2 and 255 in booleans, we 0 and 1. */
const stored = (emit: Emitter, name: string, from: ValueType, to: ValueType): string => {
  if (from === to) return name;
  if (from === 'float32' && to === 'bool') return castTo(emit, castTo(emit, name, 'int32'), 'bool');
  return castTo(emit, name, to);
};

/**
 * ONNX has most functions for floats only: integers and booleans go through float.
 *
 * @param dtype of the result; the argument's own when left out.
 * @param work the smallest type that the ONNX operation takes: integers need not become floats for some.
 */
const unary = (lower: string | Unary, dtype?: ValueType, work: 'float32' | 'int32' = 'float32'): Kernel => ({
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: dtype ?? x!.dtype }],
  lower: (emit, { names, attributes, inputs, outputs }) => {
    const given = inputs.x!.dtype;
    const through = given === 'float32' ? given : work;
    const compute = (name: string) => {
      const x = given === through ? name : castTo(emit, name, through);
      const result =
        typeof lower === 'string' ? emit.op(lower, [x]) : lower(emit, x, attributes as Record<string, number>);
      return dtype === 'bool' ? result : stored(emit, result, through, outputs[0]!.dtype);
    };
    const { shape } = outputs[0]!;
    return [elementwiseOn(emit, [{ name: names.x!, shape }], shape, compute as (...names: string[]) => string)];
  },
});

/** What has no fractions is its own ceiling. */
const wholeOrFloat = (type: string): Kernel => {
  const floats = unary(type);
  return {
    ...floats,
    lower: (emit, call) => (call.inputs.x!.dtype === 'float32' ? floats.lower(emit, call) : [call.names.x!]),
  };
};

/** |x| < ½ */
const isSmall = (emit: Emitter, x: string) => emit.op('Less', [emit.op('Abs', [x]), number(emit, 0.5)]);

const cast: Kernel = {
  cheap: true,
  infer: ({ x }, { dtype }: { dtype: ValueType }) => [{ shape: x!.shape, dtype }],
  lower: (emit, { names, inputs, outputs }) => [
    inputs.x!.dtype === outputs[0]!.dtype ? names.x! : castTo(emit, names.x!, outputs[0]!.dtype),
  ],
};

/** dy where y ≥ 0, dy·(y + 1) elsewhere: elu's gradient from its output. */
const eluGrad: Kernel = {
  cheap: true,
  infer: ({ dy }) => [{ shape: dy!.shape, dtype: 'float32' }],
  lower: (emit, { names }) => {
    const negative = emit.op('Mul', [names.dy!, emit.op('Add', [names.y!, number(emit, 1)])]);
    return [emit.op('Where', [emit.op('GreaterOrEqual', [names.y!, number(emit, 0)]), names.dy!, negative])];
  },
};

const prelu: Kernel = {
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: 'float32' }],
  lower: (emit, { names }) => [emit.op('PRelu', [names.x!, names.alpha!])],
};

const clip: Kernel = {
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { names, attributes, inputs }) => {
    const { clipValueMin, clipValueMax } = attributes as { clipValueMin: number; clipValueMax: number };
    const { dtype } = inputs.x!;
    const largest = 2 ** 31 - 1;
    const bound = (value: number) =>
      dtype === 'float32' ? emit.float([value], []) : emit.int32([Math.min(Math.max(value, -largest), largest)], []);
    const x = dtype === 'bool' ? castTo(emit, names.x!, 'int32') : names.x!;
    const clipped = emit.op('Clip', [x, bound(clipValueMin), bound(clipValueMax)]);
    return [dtype === 'bool' ? castTo(emit, clipped, dtype) : clipped];
  },
};

const logicalNot: Kernel = {
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: 'bool' }],
  lower: (emit, { names }) => [emit.op('Not', [names.x!])],
};

export const elementwise: Record<string, Kernel> = {
  Abs: unary('Abs', undefined, 'int32'),
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  Asin: unary('Asin'),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh'),
  Cast: cast,
  Ceil: wholeOrFloat('Ceil'),
  ClipByValue: clip,
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Elu: unary('Elu'),
  EluGrad: eluGrad,
  Erf: unary('Erf'),
  Exp: unary('Exp', 'float32'),
  // 2·sinh(x/2)·exp(x/2) = exp(x) − 1 without the cancellation near 0; far from it sinh overflows
  Expm1: unary((emit, x) => {
    const half = emit.op('Mul', [x, number(emit, 0.5)]);
    const product = emit.op('Mul', [emit.op('Sinh', [half]), emit.op('Exp', [half])]);
    const far = emit.op('Sub', [emit.op('Exp', [x]), number(emit, 1)]);
    return emit.op('Where', [isSmall(emit, x), emit.op('Mul', [product, number(emit, 2)]), far]);
  }),
  Floor: wholeOrFloat('Floor'),
  IsFinite: unary((emit, x) => {
    const finite = emit.op('Not', [emit.op('IsInf', [x])]);
    return emit.op('And', [finite, emit.op('Not', [emit.op('IsNaN', [x])])]);
  }, 'bool'),
  IsInf: unary('IsInf', 'bool'),
  IsNan: unary('IsNaN', 'bool'),
  LeakyRelu: unary((emit, x, { alpha }) => emit.op('LeakyRelu', [x], { alpha: { float: alpha! } }), 'float32'),
  Log: unary('Log'),
  // 2·atanh(x / (2 + x)) = log(1 + x) without the cancellation near 0; far from it the quotient is too close to ±1
  Log1p: unary((emit, x) => {
    const ratio = emit.op('Div', [x, emit.op('Add', [x, number(emit, 2)])]);
    const near = emit.op('Mul', [emit.op('Atanh', [ratio]), number(emit, 2)]);
    return emit.op('Where', [isSmall(emit, x), near, emit.op('Log', [emit.op('Add', [x, number(emit, 1)])])]);
  }),
  LogicalNot: logicalNot,
  Neg: unary('Neg', undefined, 'int32'),
  Prelu: prelu,
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu', undefined, 'int32'),
  Relu6: unary((emit, x) => emit.op('Clip', [x, number(emit, 0), number(emit, 6)])),
  Round: wholeOrFloat('Round'),
  Rsqrt: unary((emit, x) => emit.op('Reciprocal', [emit.op('Sqrt', [x])])),
  Selu: unary('Selu'),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign', undefined, 'int32'),
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: unary((emit, x) => emit.op('Mul', [x, x]), undefined, 'int32'),
  // of NaN, tfjs has NaN here and we 0: the NaN itself is in the value, and relu's gradient need not look for it
  Step: unary((emit, x, { alpha }) => {
    const isPositive = emit.op('Greater', [x, number(emit, 0)]);
    return alpha
      ? emit.op('Where', [isPositive, number(emit, 1), number(emit, alpha)])
      : castTo(emit, isPositive, 'float32');
  }),
  Tan: unary('Tan'),
  Tanh: unary('Tanh'),
};
