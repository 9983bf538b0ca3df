import type { Spec, ValueType } from '../graph.ts';
import { broadcast, castTo, type Emitter, type Kernel } from './kernel.ts';

type Unary = (emit: Emitter, x: string, attributes: Record<string, number>) => string;
type Binary = (emit: Emitter, a: string, b: string, dtype: ValueType) => string;

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
    const x = given === through ? names.x! : castTo(emit, names.x!, through);
    const result =
      typeof lower === 'string' ? emit.op(lower, [x]) : lower(emit, x, attributes as Record<string, number>);
    return [dtype === 'bool' ? result : stored(emit, result, through, outputs[0]!.dtype)];
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

const binary = (lower: string | Binary, dtype?: ValueType): Kernel => ({
  cheap: true,
  infer: ({ a, b }) => [{ shape: broadcast(a!.shape, b!.shape), dtype: dtype ?? a!.dtype }],
  lower: (emit, { names, inputs }) => [
    typeof lower === 'string' ? emit.op(lower, [names.a!, names.b!]) : lower(emit, names.a!, names.b!, inputs.a!.dtype),
  ],
});

/** Arithmetic; that of booleans goes through integers. */
const arithmetic = (lower: string | Binary): Kernel =>
  binary((emit, a, b, dtype) => {
    const apply =
      typeof lower === 'string'
        ? (left: string, right: string) => emit.op(lower, [left, right])
        : (left: string, right: string) => lower(emit, left, right, dtype === 'bool' ? 'int32' : dtype);
    return dtype === 'bool'
      ? castTo(emit, apply(castTo(emit, a, 'int32'), castTo(emit, b, 'int32')), 'bool')
      : apply(a, b);
  });

/** Comparisons of booleans go through integers, for which ONNX Runtime has kernels. */
const compare = (type: string): Kernel =>
  binary((emit, a, b, dtype) => {
    const [left, right] =
      dtype === 'bool' && type !== 'Equal' ? [castTo(emit, a, 'int32'), castTo(emit, b, 'int32')] : [a, b];
    return emit.op(type, [left, right]);
  }, 'bool');

const number = (emit: Emitter, value: number) => emit.float([value], []);

/** |x| < ½ */
const isSmall = (emit: Emitter, x: string) => emit.op('Less', [emit.op('Abs', [x]), number(emit, 0.5)]);

/** ⌊a / b⌋ with the sign rules of Python, an integer also for floats. */
const floorDivide: Binary = (emit, a, b, dtype) => {
  const [left, right] = dtype === 'float32' ? [a, b] : [castTo(emit, a, 'float32'), castTo(emit, b, 'float32')];
  return castTo(emit, emit.op('Floor', [emit.op('Div', [left, right])]), 'int32');
};

const select: Kernel = {
  cheap: true,
  infer: ({ condition, t, e }) => [
    { shape: broadcast(condition!.shape, broadcast(t!.shape, e!.shape)), dtype: t!.dtype },
  ],
  lower: (emit, { names, inputs }) => {
    if (inputs.t!.dtype !== 'bool') return [emit.op('Where', [names.condition!, names.t!, names.e!])];
    const [t, e] = [castTo(emit, names.t!, 'int32'), castTo(emit, names.e!, 'int32')];
    return [castTo(emit, emit.op('Where', [names.condition!, t, e]), 'bool')];
  },
};

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

const addN: Kernel = {
  cheap: true,
  infer: (inputs) => [inputs['0'] as Spec],
  lower: (emit, { names, inputs }) => {
    const terms = Object.values(names);
    // Sum is for floats only
    if (inputs['0']!.dtype === 'float32') return [emit.op('Sum', terms)];
    return [terms.reduce((sum, term) => emit.op('Add', [sum, term]))];
  },
};

export const elementwise: Record<string, Kernel> = {
  Abs: unary('Abs', undefined, 'int32'),
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  AddN: addN,
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
  Select: select,
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

  Add: arithmetic('Add'),
  Atan2: binary((emit, y, x) => atan2(emit, y, x)),
  BitwiseAnd: binary('BitwiseAnd'),
  FloorDiv: binary(floorDivide, 'int32'),
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  Mod: binary((emit, a, b, dtype) => {
    if (dtype === 'int32') return emit.op('Mod', [a, b]);
    return emit.op('Sub', [a, emit.op('Mul', [b, emit.op('Floor', [emit.op('Div', [a, b])])])]);
  }),
  Multiply: arithmetic('Mul'),
  Pow: binary('Pow'),
  RealDiv: binary((emit, a, b, dtype) => {
    if (dtype === 'float32') return emit.op('Div', [a, b]);
    return emit.op('Div', [castTo(emit, a, 'float32'), castTo(emit, b, 'float32')]);
  }, 'float32'),
  SquaredDifference: arithmetic((emit, a, b) => {
    const difference = emit.op('Sub', [a, b]);
    return emit.op('Mul', [difference, difference]);
  }),
  Sub: arithmetic('Sub'),

  Equal: compare('Equal'),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  NotEqual: binary((emit, a, b) => emit.op('Not', [emit.op('Equal', [a, b])]), 'bool'),
};

/** ONNX has no atan2: atan(y/x), turned by ±π in the left half-plane, to which −0 belongs. */
function atan2(emit: Emitter, y: string, x: string): string {
  const zero = number(emit, 0);
  const isBelow = (name: string) =>
    emit.op('Or', [emit.op('Less', [name, zero]), emit.op('Less', [emit.op('Reciprocal', [name]), zero])]);
  const turn = emit.op('Where', [isBelow(y), number(emit, -Math.PI), number(emit, Math.PI)]);
  const shift = emit.op('Where', [isBelow(x), turn, zero]);
  const angle = emit.op('Add', [emit.op('Atan', [emit.op('Div', [y, x])]), shift]);
  const vertical = emit.op('Mul', [emit.op('Sign', [y]), number(emit, Math.PI / 2)]);
  const upright = emit.op('Where', [emit.op('Equal', [y, zero]), shift, vertical]);
  return emit.op('Where', [emit.op('Equal', [x, zero]), upright, angle]);
}
