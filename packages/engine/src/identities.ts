import type { Attributes, Value } from './graph.ts';

/** Records a call and gives its result. */
type RecordCall = (kernel: string, inputs: Readonly<Record<string, Value>>, attributes: Attributes) => Value;

/** The same product by fewer or smaller operations, where one is known. */
export function shorterProduct({ a, b }: { a: Value; b: Value }): ((record: RecordCall) => Value) | undefined {
  return scaledTwice(a, b) ?? scaledTwice(b, a) ?? maskedPool(a, b) ?? maskedPool(b, a);
}

const madeBy = (value: Value, kernel: string) =>
  value.source.kind === 'node' && value.source.node.kernel === kernel ? value.source.node : undefined;

const isSingle = ({ shape, dtype }: Value) => dtype === 'float32' && shape.length === 0;

/**
 * (x · s) · t with single numbers s and t: as x · (s · t) it is one pass over x. Clipping, bias correction and the learning rate are such
 * factors on every gradient. The two agree to rounding.
 */
function scaledTwice(scaled: Value, outer: Value) {
  const inner = madeBy(scaled, 'Multiply');
  if (!inner || !isSingle(outer) || isSingle(scaled)) return undefined;
  const [left, right] = [inner.inputs.a!, inner.inputs.b!];
  const factors = isSingle(left) ? ([right, left] as const) : isSingle(right) ? ([left, right] as const) : undefined;
  if (!factors) return undefined;
  const [tensor, factor] = factors;
  return (record: RecordCall) =>
    record('Multiply', { a: tensor, b: record('Multiply', { a: factor, b: outer }, {}) }, {});
}

/**
 * The gradient of max(y) over windows, times (y > 0): only the entries that are a window's maximum have a gradient, so the windows can be
 * asked instead of the entries, and there are fewer of them. A pool after relu has this gradient.
 */
function maskedPool(gradient: Value, mask: Value) {
  const pool = madeBy(gradient, 'MaxPoolGrad');
  const step = madeBy(mask, 'Step');
  if (!pool || !step || step.inputs.x !== pool.inputs.input || step.attributes.alpha) return undefined;
  const { dy, output, input } = pool.inputs;
  return (record: RecordCall) => {
    const isPositive = record('Step', { x: output! }, step.attributes);
    const masked = record('Multiply', { a: dy!, b: isPositive }, {});
    return record('MaxPoolGrad', { dy: masked, output: output!, input: input! }, pool.attributes);
  };
}
