import { fold, type HostTensor, hostTensor, type Key, type Shape, sizeOf, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorTree } from '../gradients.ts';
import type { Layer, Sequence } from '../layer.ts';
import type { ScanGradient } from '../scan/attributes.ts';
import { scan } from '../scan/scan.ts';
import { lastAxis, requirePositive } from './arguments.ts';
import { lengthMask } from './length-mask.ts';

export type RecurrentOptions = {
  /** The width of the state and of the result. */
  readonly units: number;
  /** Whether each row is read from its own last step to its first; the result stays in the order of time. Default false. */
  readonly reverse?: boolean | undefined;
  /** What the gradient keeps of the forward pass, see `scan`. Default `store`. */
  readonly gradient?: ScanGradient | undefined;
};

/** A cell that a recurrent layer runs over time. */
type Cell<Params, State extends TensorTree, Weights extends TensorTree> = {
  readonly name: string;
  /** What `init` draws: shapes by name. */
  readonly shapes: (features: number) => { readonly [Name in keyof Params]: Shape };
  /** The state's names; each starts at 0, [batch, units]. */
  readonly zeros: (state: () => tf.Tensor) => State;
  /** x·W + b for all steps at once: [time · batch, features] → [time · batch, gates]. */
  readonly project: (params: Params, x: tf.Tensor) => tf.Tensor;
  /** The parameters that each step needs. */
  readonly weights: (params: Params) => Weights;
  readonly step: (state: State, projected: tf.Tensor, weights: Weights) => State;
  readonly output: (state: State) => tf.Tensor;
};

/**
 * A recurrent layer. Steps in the padding leave the state at 0: it comes after a row's last step, or in reverse before its first, where 0 is the
 * state to start from. So padding has no part in any value, and the result is 0 there.
 */
export function recurrent<
  Params extends { readonly [name: string]: tf.Tensor },
  State extends { readonly [name: string]: tf.Tensor },
  Weights extends TensorTree,
>(
  { units, reverse = false, gradient }: RecurrentOptions,
  { name, shapes, zeros, project, weights, step, output }: Cell<Params, State, Weights>,
): Layer<Params, Sequence, Sequence> {
  requirePositive(`${name}.units`, units);
  return {
    init(key, inputShape) {
      const features = lastAxis(name, inputShape);
      const drawn = Object.entries<Shape>(shapes(features)).map(([part, shape]) => [
        part,
        uniformWithin(1 / Math.sqrt(units), fold(key, part), shape),
      ]);
      return { params: Object.fromEntries(drawn), outputShape: [...inputShape.slice(0, -1), units] };
    },
    apply(params, { values, lengths }) {
      const [batch, time, features] = values.shape as [number, number, number];
      const rows = tf.reshape(tf.transpose(values, [1, 0, 2]), [time * batch, features]);
      const projected = project(params, rows);
      const xs = {
        projected: tf.reshape(projected, [time, batch, projected.shape[1]!]),
        mask: tf.expandDims(tf.transpose(lengthMask(lengths, time)), 2), // [time, batch, 1]
      };
      const { ys } = scan(
        (state: State, x: typeof xs, constants: Weights) => {
          const next = masked(step(state, x.projected, constants), x.mask);
          return { carry: next, y: output(next) };
        },
        zeros(() => tf.zeros([batch, units])),
        xs,
        weights(params),
        { reverse, gradient },
      );
      return { values: tf.transpose(ys, [1, 0, 2]), lengths };
    },
  };
}

const masked = <State extends { readonly [name: string]: tf.Tensor }>(state: State, mask: tf.Tensor): State =>
  Object.fromEntries(Object.entries(state).map(([part, tensor]) => [part, tf.mul(tensor, mask)])) as State;

const uniformWithin = (limit: number, key: Key, shape: Shape): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    uniform(key, sizeOf(shape)).map((value) => (2 * value - 1) * limit),
  );
