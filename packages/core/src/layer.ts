import type { HostTensor, Key, MapLeaves, Shape, Tree } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from './random.ts';

/** Parameters, or running state, as the program sees them: a tree of tensors. Declare such trees with `type`. */
export type Tensors = Tree<tf.Tensor>;

/** The same tree outside a program. */
export type Host<T> = MapLeaves<T, tf.Tensor, HostTensor>;

/** `values` [batch, time, …] of which the first `lengths[i]` steps of row i count. */
export type Sequence = { readonly values: tf.Tensor; readonly lengths: tf.Tensor };

/**
 * What the stages of a trunk give, from the first to the last: maps [batch, height, width, channels] of the last layer of each, and, where it has several,
 * of the first.
 */
export type Levels = readonly { readonly first?: tf.Tensor; readonly last: tf.Tensor }[];

/** What a layer knows besides its parameters and its input. */
export type Context = {
  readonly mode: 'train' | 'infer';
  /** This layer's own source of randomness. */
  readonly random: Random;
  /** Named values that leave the program beside its result. */
  readonly record: Recorder;
  /** How many rows of the batch, the first ones, are examples, a scalar: the others are padding. All of them when left out. */
  readonly examples?: tf.Tensor | undefined;
};

export type Recorder = {
  /** An additional loss, such as a regulariser: a scalar. */
  loss(name: string, value: tf.Tensor): void;
  /** A value to look at, such as an attention map or a gate. */
  observe(name: string, value: tf.Tensor): void;
  /**
   * What a parameter that no gradient moves, such as a running mean, is to be after the step. `held` is the parameter itself. Left out where
   * nothing is kept.
   */
  state?(held: tf.Tensor, next: tf.Tensor): void;
};

/**
 * A pure function with parameters. Shapes are those of one example: without the batch axis.
 *
 * Any object literal of this form is a layer; there is nothing to extend or register.
 */
export interface Layer<Params, In = tf.Tensor, Out = tf.Tensor> {
  init(key: Key, inputShape: Shape): { readonly params: Host<Params>; readonly outputShape: Shape };
  apply(params: Params, input: In, context: Context): Out;
}

/** A context for one call of a model: derives each layer's own randomness with `within`. */
export function context(
  mode: Context['mode'],
  random: Random,
  record: Recorder = silent,
  examples?: tf.Tensor,
): Context {
  return { mode, random, record, examples };
}

/** The context of a part: independent randomness, recorded names below the part's own. */
export function within({ mode, random, record, examples }: Context, name: string): Context {
  return {
    mode,
    random: random.fold(name),
    record: {
      loss: (inner, value) => record.loss(`${name}.${inner}`, value),
      observe: (inner, value) => record.observe(`${name}.${inner}`, value),
      ...(record.state && { state: (held, next) => record.state!(held, next) }),
    },
    examples,
  };
}

const silent: Recorder = { loss: () => {}, observe: () => {} };
