import type { Spec, ValueType } from '../graph.ts';
import { broadcast, castTo, type Emitter, type Kernel } from './kernel.ts';

type Unary = (emit: Emitter, x: string, attributes: Record<string, number>, dtype: ValueType) => string;
type Binary = (emit: Emitter, a: string, b: string, dtype: ValueType) => string;

const unary = (lower: string | Unary, dtype?: ValueType): Kernel => ({
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: dtype ?? x!.dtype }],
  lower: (emit, { names, attributes, inputs }) => [
    typeof lower === 'string'
      ? emit.op(lower, [names.x!])
      : lower(emit, names.x!, attributes as Record<string, number>, inputs.x!.dtype),
  ],
});

/** ONNX has the operation for floats only: integers go through float. */
const floats =
  (type: string): Unary =>
  (emit, x, _, dtype) =>
    dtype === 'float32' ? emit.op(type, [x]) : castTo(emit, emit.op(type, [castTo(emit, x, 'float32')]), dtype);

const binary = (lower: string | Binary, dtype?: ValueType): Kernel => ({
  cheap: true,
  infer: ({ a, b }) => [{ shape: broadcast(a!.shape, b!.shape), dtype: dtype ?? a!.dtype }],
  lower: (emit, { names, inputs }) => [
    typeof lower === 'string' ? emit.op(lower, [names.a!, names.b!]) : lower(emit, names.a!, names.b!, inputs.a!.dtype),
  ],
});

/** Comparisons of booleans go through integers, for which ONNX Runtime has kernels. */
const compare = (type: string): Kernel =>
  binary((emit, a, b, dtype) => {
    const [left, right] =
      dtype === 'bool' && type !== 'Equal' ? [castTo(emit, a, 'int32'), castTo(emit, b, 'int32')] : [a, b];
    return emit.op(type, [left, right]);
  }, 'bool');

const number = (emit: Emitter, value: number) => emit.float([value], []);

/** ⌊a / b⌋ with the sign rules of Python. */
const floorDivide: Binary = (emit, a, b, dtype) => {
  if (dtype === 'float32') return emit.op('Floor', [emit.op('Div', [a, b])]);
  return castTo(
    emit,
    emit.op('Floor', [emit.op('Div', [castTo(emit, a, 'float32'), castTo(emit, b, 'float32')])]),
    dtype,
  );
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
    const bound = (value: number) =>
      inputs.x!.dtype === 'float32' ? emit.float([value], []) : emit.int32([value], []);
    return [emit.op('Clip', [names.x!, bound(clipValueMin), bound(clipValueMax)])];
  },
};

const addN: Kernel = {
  cheap: true,
  infer: (inputs) => [inputs['0'] as Spec],
  lower: (emit, { names }) => [emit.op('Sum', Object.values(names))],
};

export const elementwise: Record<string, Kernel> = {
  Abs: unary('Abs'),
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  AddN: addN,
  Asin: unary('Asin'),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh'),
  Cast: cast,
  Ceil: unary(floats('Ceil')),
  ClipByValue: clip,
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Elu: unary('Elu'),
  EluGrad: eluGrad,
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  // 2·sinh(x/2)·exp(x/2) = exp(x) − 1 without the cancellation near 0
  Expm1: unary((emit, x) => {
    const half = emit.op('Mul', [x, number(emit, 0.5)]);
    return emit.op('Mul', [emit.op('Mul', [emit.op('Sinh', [half]), emit.op('Exp', [half])]), number(emit, 2)]);
  }),
  Floor: unary(floats('Floor')),
  IsFinite: unary((emit, x) => {
    const finite = emit.op('Not', [emit.op('IsInf', [x])]);
    return emit.op('And', [finite, emit.op('Not', [emit.op('IsNaN', [x])])]);
  }, 'bool'),
  IsInf: unary('IsInf', 'bool'),
  IsNan: unary('IsNaN', 'bool'),
  LeakyRelu: unary((emit, x, { alpha }) => emit.op('LeakyRelu', [x], { alpha: { float: alpha! } })),
  Log: unary('Log'),
  // 2·atanh(x / (2 + x)) = log(1 + x) without the cancellation near 0
  Log1p: unary((emit, x) => {
    const ratio = emit.op('Div', [x, emit.op('Add', [x, number(emit, 2)])]);
    return emit.op('Mul', [emit.op('Atanh', [ratio]), number(emit, 2)]);
  }),
  LogicalNot: unary('Not'),
  Neg: unary('Neg'),
  Prelu: prelu,
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Relu6: unary((emit, x) => emit.op('Clip', [x, number(emit, 0), number(emit, 6)])),
  Round: unary(floats('Round')),
  Rsqrt: unary((emit, x) => emit.op('Reciprocal', [emit.op('Sqrt', [x])])),
  Select: select,
  Selu: unary('Selu'),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: unary((emit, x) => emit.op('Mul', [x, x])),
  Step: unary((emit, x, { alpha }, dtype) => {
    const positive = emit.op('Greater', [castTo(emit, x, 'float32'), number(emit, 0)]);
    if (!alpha) return castTo(emit, positive, dtype);
    const step = emit.op('Where', [positive, number(emit, 1), number(emit, alpha)]);
    return dtype === 'float32' ? step : castTo(emit, step, dtype);
  }),
  Tan: unary('Tan'),
  Tanh: unary('Tanh'),

  Add: binary('Add'),
  Atan2: binary((emit, y, x) => atan2(emit, y, x)),
  FloorDiv: binary(floorDivide),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Mod: binary((emit, a, b, dtype) => {
    if (dtype === 'int32') return emit.op('Mod', [a, b]);
    return emit.op('Sub', [a, emit.op('Mul', [b, emit.op('Floor', [emit.op('Div', [a, b])])])]);
  }),
  Multiply: binary('Mul'),
  Pow: binary('Pow'),
  RealDiv: binary((emit, a, b, dtype) => {
    if (dtype === 'float32') return emit.op('Div', [a, b]);
    return emit.op('Div', [castTo(emit, a, 'float32'), castTo(emit, b, 'float32')]);
  }, 'float32'),
  SquaredDifference: binary((emit, a, b) => {
    const difference = emit.op('Sub', [a, b]);
    return emit.op('Mul', [difference, difference]);
  }),
  Sub: binary('Sub'),

  Equal: compare('Equal'),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  LogicalXor: binary('Xor', 'bool'),
  NotEqual: binary((emit, a, b) => emit.op('Not', [emit.op('Equal', [a, b])]), 'bool'),
};

/** ONNX has no atan2: atan(y/x), turned by ±π in the left half-plane. */
function atan2(emit: Emitter, y: string, x: string): string {
  const zero = number(emit, 0);
  const turn = emit.op('Where', [emit.op('Less', [y, zero]), number(emit, -Math.PI), number(emit, Math.PI)]);
  const shift = emit.op('Where', [emit.op('Less', [x, zero]), turn, zero]);
  const angle = emit.op('Add', [emit.op('Atan', [emit.op('Div', [y, x])]), shift]);
  const vertical = emit.op('Mul', [emit.op('Sign', [y]), number(emit, Math.PI / 2)]);
  return emit.op('Where', [emit.op('Equal', [x, zero]), vertical, angle]);
}
