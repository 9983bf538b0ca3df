import { fold, type HostTensor, type Key, type Shape, type Tree } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import { type Context, type Host, type Layer, within } from '../layer.ts';
import { named } from '../named.ts';

/** Any layer, whatever its types. */
export type AnyLayer = {
  init(key: Key, inputShape: Shape): { readonly params: unknown; readonly outputShape: Shape };
  apply(params: never, input: never, context: Context): unknown;
};

/** The parameters of a layer. */
export type ParamsOf<L> = L extends { apply(params: infer Params, ...rest: never): unknown } ? Params : never;

/** The input of a layer. */
export type InputOf<L> = L extends { apply(params: never, input: infer In, ...rest: never): unknown } ? In : never;

/** The result of a layer. */
export type OutputOf<L> = L extends { apply(...inputs: never): infer Out } ? Out : never;

/** What is not a plain tensor, such as a sequence, comes first in a chain and is lost on the way. */
type First<In> = [Exclude<In, tf.Tensor>] extends [never] ? In : Exclude<In, tf.Tensor>;
type Last<Out> = [Extract<Out, tf.Tensor>] extends [never] ? Out : Extract<Out, tf.Tensor>;

/** The layers' parameters under the layers' names. */
export type SequentialParams<Layers> = { readonly [Name in keyof Layers]: ParamsOf<Layers[Name]> };

/**
 * Layers one after another, in the order of the keys: y = fₙ(… f₂(f₁(x))).
 *
 * The parameters stand under the same names; each layer has its own randomness and records its values below its name.
 *
 * @example
 * const tower = sequential({ hidden: dense({ units: 64, activation: 'relu' }), logits: dense({ units: 4 }) });
 */
export function sequential<const Layers extends Readonly<Record<string, AnyLayer>>>(
  layers: Layers,
): Layer<SequentialParams<Layers>, First<InputOf<Layers[keyof Layers]>>, Last<OutputOf<Layers[keyof Layers]>>> {
  const parts = Object.entries(layers) as [string, Layer<unknown, unknown, unknown>][];
  return {
    init(key, inputShape) {
      let outputShape = inputShape;
      const params: Record<string, Tree<HostTensor>> = {};
      for (const [name, layer] of parts) {
        const made = layer.init(fold(key, name), outputShape);
        params[name] = made.params as Tree<HostTensor>;
        outputShape = made.outputShape;
      }
      return { params: params as Host<SequentialParams<Layers>>, outputShape };
    },
    apply(params, input, context) {
      const own = params as Readonly<Record<string, unknown>>;
      const output = parts.reduce<unknown>(
        (value, [name, layer]) => named(name, () => layer.apply(own[name], value, within(context, name))),
        input,
      );
      return output as Last<OutputOf<Layers[keyof Layers]>>;
    },
  };
}
