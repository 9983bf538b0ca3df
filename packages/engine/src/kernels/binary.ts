import type { Spec, ValueType } from '../graph.ts';
import { broadcast, castTo, type Emitter, type Kernel, number } from './kernel.ts';
import { elementwiseOn } from './repeated.ts';

type Binary = (emit: Emitter, a: string, b: string, dtype: ValueType) => string;

const binary = (lower: string | Binary, dtype?: ValueType): Kernel => ({
  cheap: true,
  infer: ({ a, b }) => [{ shape: broadcast(a!.shape, b!.shape), dtype: dtype ?? a!.dtype }],
  lower: (emit, { names, inputs, outputs }) => {
    const sides = (['a', 'b'] as const).map((side) => ({ name: names[side]!, shape: inputs[side]!.shape }));
    const compute = (a: string, b: string) =>
      typeof lower === 'string' ? emit.op(lower, [a, b]) : lower(emit, a, b, inputs.a!.dtype);
    return [elementwiseOn(emit, sides, outputs[0]!.shape, compute as (...names: string[]) => string)];
  },
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

export const binaries: Record<string, Kernel> = {
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
  AddN: addN,
  Select: select,
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
