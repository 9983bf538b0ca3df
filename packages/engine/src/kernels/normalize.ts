import { castTo, type Emitter, type Kernel, number, positiveAxes } from './kernel.ts';
import { reshaped } from './shape.ts';

/** (x − mean) · scale / √(variance + ε) + offset; the small tensors first, so that the large one is passed over three times. */
const fusedBatchNorm: Kernel = {
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const epsilon = (attributes as { varianceEpsilon?: number | null }).varianceEpsilon ?? 0.001;
    const float = (name: string) =>
      inputs[name]!.dtype === 'float32' ? names[name]! : castTo(emit, names[name]!, 'float32');
    const deviation = emit.op('Sqrt', [emit.op('Add', [float('variance'), number(emit, epsilon)])]);
    const factor = emit.op('Div', [inputs.scale ? float('scale') : number(emit, 1), deviation]);
    const scaled = emit.op('Mul', [emit.op('Sub', [float('x'), float('mean')]), factor]);
    const shifted = inputs.offset ? emit.op('Add', [scaled, float('offset')]) : scaled;
    return [outputs[0]!.dtype === 'float32' ? shifted : castTo(emit, shifted, outputs[0]!.dtype)];
  },
};

type Neighbours = {
  readonly depthRadius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
};

/** Σ over the channels that are at most `radius` away: a product with a matrix that has a band of ones. */
function nearby(emit: Emitter, x: string, shape: readonly number[], radius: number): string {
  const channels = shape.at(-1)!;
  const places = emit.int32([...Array(channels).keys()]);
  const distance = emit.op('Abs', [emit.op('Sub', [reshaped(emit, places, [channels, 1]), places])]);
  const isNear = emit.op('LessOrEqual', [distance, emit.int32([Math.min(radius, channels)], [])]);
  const rows = shape.slice(0, -1).reduce((count, size) => count * size, 1);
  const sums = emit.op('Gemm', [reshaped(emit, x, [rows, channels]), castTo(emit, isNear, 'float32')]);
  return reshaped(emit, sums, shape);
}

/** bias + α · Σ x² of the channels nearby */
function norm(emit: Emitter, x: string, shape: readonly number[], { depthRadius, bias, alpha }: Neighbours): string {
  const sums = nearby(emit, emit.op('Mul', [x, x]), shape, depthRadius);
  return emit.op('Add', [emit.op('Mul', [sums, number(emit, alpha)]), number(emit, bias)]);
}

const localResponse: Kernel = {
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { names, inputs, attributes }) => {
    const neighbours = attributes as Neighbours;
    const factor = emit.op('Pow', [norm(emit, names.x!, inputs.x!.shape, neighbours), number(emit, -neighbours.beta)]);
    return [emit.op('Mul', [names.x!, factor])];
  },
};

/** dy · norm^−β − 2αβ · x · Σ (dy · y / norm) of the channels nearby */
const localResponseGrad: Kernel = {
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { names, inputs, attributes }) => {
    const neighbours = attributes as Neighbours;
    const { depthRadius, alpha, beta } = neighbours;
    const { shape } = inputs.x!;
    const norms = norm(emit, names.x!, shape, neighbours);
    const own = emit.op('Mul', [names.dy!, emit.op('Pow', [norms, number(emit, -beta)])]);
    const shares = emit.op('Div', [emit.op('Mul', [names.dy!, names.y!]), norms]);
    const others = emit.op('Mul', [names.x!, nearby(emit, shares, shape, depthRadius)]);
    return [emit.op('Sub', [own, emit.op('Mul', [others, number(emit, 2 * alpha * beta)])])];
  },
};

const softmax: Kernel = {
  infer: ({ logits }) => [{ shape: logits!.shape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { dim } = attributes as { dim: number };
    const logits = inputs.logits!.dtype === 'float32' ? names.logits! : castTo(emit, names.logits!, 'float32');
    return [emit.op('Softmax', [logits], { axis: positiveAxes(dim, outputs[0]!.shape.length)[0]! })];
  },
};

export const normalizations: Record<string, Kernel> = {
  FusedBatchNorm: fusedBatchNorm,
  LRN: localResponse,
  LRNGrad: localResponseGrad,
  Softmax: softmax,
};
