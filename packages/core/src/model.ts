import { fold, type HostTensor, type Key, type Shape } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import { type Context, type Host, type Layer, type Tensors, within } from './layer.ts';
import type { Summed } from './loss.ts';
import { named } from './named.ts';

/** One thing to learn: a head on the shared representation, and the loss of its outputs against a target. */
export type Task<Params = Tensors, Target = Tensors, Out = tf.Tensor> = {
  readonly layer: Layer<Params, tf.Tensor, Out>;
  readonly loss: (outputs: Out, target: Target) => Summed;
};

/** Any task: the constraint of records of tasks. */
// biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; `never` and `unknown` both refuse concrete tasks
export type AnyTask = Task<any, any, any>;

type ParamsOfTask<T> = T extends Task<infer Params, infer _Target, infer _Out> ? Params : never;
type TargetOfTask<T> = T extends Task<infer _Params, infer Target, infer _Out> ? Target : never;
type OutputOfTask<T> = T extends Task<infer _Params, infer _Target, infer Out> ? Out : never;

/** The parameters of a model: the shared encoder's, and each task's own. */
export type ModelParams<EncoderParams, Tasks> = {
  readonly encoder: EncoderParams;
  readonly heads: { readonly [Name in keyof Tasks]: ParamsOfTask<Tasks[Name]> };
};

/** The targets of a batch, by task. */
export type TargetsOf<Tasks> = { readonly [Name in keyof Tasks]: TargetOfTask<Tasks[Name]> };

export type OutputsOf<Tasks> = { readonly [Name in keyof Tasks]: OutputOfTask<Tasks[Name]> };

export type Model<EncoderParams, Inputs, Tasks extends Record<string, AnyTask>> = {
  /** The task names, in the order in which losses and weights are listed. */
  readonly tasks: readonly (keyof Tasks & string)[];
  init(key: Key): Host<ModelParams<EncoderParams, Tasks>>;
  /** The last value that all tasks share: [batch, features]. */
  represent(params: ModelParams<EncoderParams, Tasks>, inputs: Inputs, context: Context): tf.Tensor;
  /** What each head makes of the representation. */
  outputs(params: ModelParams<EncoderParams, Tasks>, representation: tf.Tensor, context: Context): OutputsOf<Tasks>;
  /** One loss per task, never summed: sharing one update among them is the balancer's business. */
  losses(
    params: ModelParams<EncoderParams, Tasks>,
    representation: tf.Tensor,
    targets: TargetsOf<Tasks>,
    context: Context,
  ): { readonly [Name in keyof Tasks]: Summed };
};

/**
 * Composes a shared encoder with one head per task.
 *
 * The task names are the keys of `tasks`; they flow through parameters, targets, outputs and losses, so renaming a task is a compile
 * error wherever the old name is left.
 *
 * @param inputShape what the encoder's `init` is given: the shape of one example.
 */
export function defineModel<EncoderParams, Inputs, const Tasks extends Record<string, AnyTask>>(definition: {
  readonly encoder: Layer<EncoderParams, Inputs, tf.Tensor>;
  readonly inputShape: Shape;
  readonly tasks: Tasks;
}): Model<EncoderParams, Inputs, Tasks> {
  const { encoder, inputShape, tasks } = definition;
  const names = Object.keys(tasks) as (keyof Tasks & string)[];
  const byTask = <Value>(make: (name: keyof Tasks & string) => Value) =>
    Object.fromEntries(names.map((name) => [name, make(name)])) as { [Name in keyof Tasks]: Value };

  const outputs: Model<EncoderParams, Inputs, Tasks>['outputs'] = (params, representation, context) =>
    byTask((name) =>
      named(`heads.${name}`, () => tasks[name]!.layer.apply(params.heads[name], representation, within(context, name))),
    ) as OutputsOf<Tasks>;

  return {
    tasks: names,
    init(key) {
      const shared = encoder.init(fold(key, 'encoder'), inputShape);
      const heads = byTask(
        (name) => tasks[name]!.layer.init(fold(key, `head ${name}`), shared.outputShape).params as HostTensor,
      );
      return { encoder: shared.params, heads } as Host<ModelParams<EncoderParams, Tasks>>;
    },
    represent: (params, inputs, context) =>
      named('encoder', () => encoder.apply(params.encoder, inputs, within(context, 'encoder'))),
    outputs,
    losses(params, representation, targets, context) {
      const made = outputs(params, representation, context);
      return byTask((name) => named(`losses.${name}`, () => tasks[name]!.loss(made[name], targets[name])));
    },
  };
}
