import * as base from '@polytask/base';
import { type HostTensor, hostTensor, type Key, type Shape, sizeOf } from '@polytask/base';

/** The first values of a parameter: a pure function of a key and a shape. */
export type Initializer = (key: Key, shape: Shape) => HostTensor<'float32'>;

/** Inputs and outputs of one unit: the last two axes, times the receptive field of a filter before them. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const field = sizeOf(shape.slice(0, -2));
  const fanOut = shape.at(-1) ?? 1;
  return { fanIn: (shape.at(-2) ?? fanOut) * field, fanOut: fanOut * field };
}

/**
 * Uniform on [−a, a) with a = √(6 / (fanIn + fanOut)), for layers with symmetric activations.
 *
 * Shapes end in [in, out]; axes before them are a filter's extent.
 *
 * Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
 */
export const glorotUniform: Initializer = (key, shape) => {
  const { fanIn, fanOut } = fans(shape);
  const limit = Math.sqrt(6 / Math.max(1, fanIn + fanOut));
  return hostTensor(
    'float32',
    shape,
    base.uniform(key, sizeOf(shape)).map((value) => (2 * value - 1) * limit),
  );
};

/**
 * Normal with mean 0 and σ = √(2 / fanIn), for layers followed by a rectifier.
 *
 * He, Zhang, Ren & Sun, "Delving Deep into Rectifiers", ICCV 2015.
 */
export const heNormal: Initializer = (key, shape) =>
  normal({ standardDeviation: Math.sqrt(2 / Math.max(1, fans(shape).fanIn)) })(key, shape);

/** Normal with mean 0. */
export function normal({ standardDeviation }: { readonly standardDeviation: number }): Initializer {
  return (key, shape) =>
    hostTensor(
      'float32',
      shape,
      base.normal(key, sizeOf(shape)).map((value) => value * standardDeviation),
    );
}

export const zeros: Initializer = (_, shape) => base.zeros('float32', shape);

export const ones: Initializer = (_, shape) => hostTensor('float32', shape, new Float32Array(sizeOf(shape)).fill(1));
