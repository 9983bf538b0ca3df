import { fold, type Key, type Shape } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import { type Context, type Host, type Layer, type Sequence, type Tensors, within } from './layer.ts';
import type { Summed } from './loss.ts';
import { named } from './named.ts';

/** One thing to learn: a head on the shared representation, [batch, features] or a sequence, and the loss of its outputs against a target. */
export type Task<Params = Tensors, Target = Tensors, Out = tf.Tensor, In = tf.Tensor> = {
  readonly layer: Layer<Params, In, Out>;
  readonly loss: (outputs: Out, target: Target) => Summed;
};

/** Any task: the constraint of records of tasks. */
// biome-ignore lint/suspicious/noExplicitAny: parameters are contravariant; `never` and `unknown` both refuse concrete tasks
export type AnyTask = Task<any, any, any, tf.Tensor | Sequence>;

type ParamsOfTask<T> = T extends Task<infer Params, infer _Target, infer _Out, infer _In> ? Params : never;
type TargetOfTask<T> = T extends Task<infer _Params, infer Target, infer _Out, infer _In> ? Target : never;
type OutputOfTask<T> = T extends Task<infer _Params, infer _Target, infer Out, infer _In> ? Out : never;

/**
 * How tasks share what lies between the encoder and the heads: from the one representation to features of each task.
 *
 * Any object literal of this form is a way of sharing; without one, every head sees the representation itself.
 */
export interface Sharing<Params, Representation = tf.Tensor> {
  /** @param tasks their names; the shapes are those of one example. */
  init(
    key: Key,
    inputShape: Shape,
    tasks: readonly string[],
  ): { readonly params: Host<Params>; readonly outputShapes: Readonly<Record<string, Shape>> };
  /** The features of every task, by name: what its head takes. */
  apply(
    params: Params,
    representation: Representation,
    context: Context,
    tasks: readonly string[],
  ): Readonly<Record<string, tf.Tensor | Sequence>>;
}

/** What the outputs of heads make of each other before they are judged; their shapes stay as they are. */
export interface OutputSharing<Params> {
  init(key: Key, outputShapes: Readonly<Record<string, Shape>>): { readonly params: Host<Params> };
  apply(
    params: Params,
    outputs: Readonly<Record<string, tf.Tensor>>,
    context: Context,
  ): Readonly<Record<string, tf.Tensor>>;
}

/** What the parameters of heads are to each other, by task: it records losses that hold them together. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of any heads
export type HeadTies = (heads: Readonly<Record<string, any>>, context: Context) => void;

/** The parameters of a model: the shared encoder's, each task's own, and those of the ways in which tasks share, if there are any. */
export type ModelParams<EncoderParams, Tasks, SharingParams = never, OutputParams = never> = {
  readonly encoder: EncoderParams;
  readonly heads: { readonly [Name in keyof Tasks]: ParamsOfTask<Tasks[Name]> };
} & Part<'sharing', SharingParams> &
  Part<'outputs', OutputParams>;

type Part<Name extends string, Params> = [Params] extends [never] ? unknown : { readonly [Key in Name]: Params };

/** The targets of a batch, by task. */
export type TargetsOf<Tasks> = { readonly [Name in keyof Tasks]: TargetOfTask<Tasks[Name]> };

export type OutputsOf<Tasks> = { readonly [Name in keyof Tasks]: OutputOfTask<Tasks[Name]> };

export type Model<
  EncoderParams,
  Inputs,
  Tasks extends Record<string, AnyTask>,
  Representation = tf.Tensor,
  SharingParams = never,
  OutputParams = never,
> = {
  /** The task names, in the order in which losses and weights are listed. */
  readonly tasks: readonly (keyof Tasks & string)[];
  init(key: Key): Host<ModelParams<EncoderParams, Tasks, SharingParams, OutputParams>>;
  /** The last value that all tasks share, [batch, features]: what the encoder gives. */
  represent(
    params: ModelParams<EncoderParams, Tasks, SharingParams, OutputParams>,
    inputs: Inputs,
    context: Context,
  ): Representation;
  /** What each head makes of its task's features. */
  outputs(
    params: ModelParams<EncoderParams, Tasks, SharingParams, OutputParams>,
    representation: Representation,
    context: Context,
  ): OutputsOf<Tasks>;
  /** One loss per task, never summed: sharing one update among them is the balancer's business. */
  losses(
    params: ModelParams<EncoderParams, Tasks, SharingParams, OutputParams>,
    representation: Representation,
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
 * @param sharing what the tasks share, and what not, between encoder and heads; every head sees the representation when left out.
 * @param ties what holds the parameters of heads together; they are free when left out.
 * @param outputs what the outputs of the heads make of each other, which have to be tensors then.
 */
export function defineModel<
  EncoderParams,
  Inputs,
  const Tasks extends Record<string, AnyTask>,
  Representation = tf.Tensor,
  SharingParams = never,
  OutputParams = never,
>(definition: {
  readonly encoder: Layer<EncoderParams, Inputs, Representation>;
  readonly inputShape: Shape;
  readonly sharing?: Sharing<SharingParams, Representation> | undefined;
  readonly tasks: Tasks;
  readonly ties?: HeadTies | undefined;
  readonly outputs?: OutputSharing<OutputParams> | undefined;
}): Model<EncoderParams, Inputs, Tasks, Representation, SharingParams, OutputParams> {
  type Params = ModelParams<EncoderParams, Tasks, SharingParams, OutputParams>;
  /** The same with every part. */
  type Parts = ModelParams<EncoderParams, Tasks> & { readonly sharing: SharingParams; readonly outputs: OutputParams };
  const { encoder, inputShape, sharing, tasks, ties, outputs: coupling } = definition;
  const names = Object.keys(tasks) as (keyof Tasks & string)[];
  const byTask = <Value>(make: (name: keyof Tasks & string) => Value) =>
    Object.fromEntries(names.map((name) => [name, make(name)])) as { [Name in keyof Tasks]: Value };

  const outputs = (params: Params, representation: Representation, context: Context): OutputsOf<Tasks> => {
    const own = params as Parts;
    const features =
      sharing && named('sharing', () => sharing.apply(own.sharing, representation, within(context, 'sharing'), names));
    const made = byTask((name) => {
      const input = features ? features[name] : representation;
      return named(`heads.${name}`, () =>
        tasks[name]!.layer.apply(own.heads[name], input as tf.Tensor, within(context, name)),
      );
    });
    if (ties) named('ties', () => ties(own.heads, within(context, 'heads')));
    if (!coupling) return made as OutputsOf<Tasks>;
    return named('outputs', () => coupling.apply(own.outputs, made, within(context, 'outputs'))) as OutputsOf<Tasks>;
  };

  return {
    tasks: names,
    init(key) {
      const { params, outputShape } = encoder.init(fold(key, 'encoder'), inputShape);
      const between = sharing?.init(fold(key, 'sharing'), outputShape, names);
      const heads = byTask((name) =>
        tasks[name]!.layer.init(fold(key, `head ${name}`), between?.outputShapes[name] ?? outputShape),
      );
      const after = coupling?.init(
        fold(key, 'outputs'),
        byTask((name) => heads[name].outputShape),
      );
      return {
        encoder: params,
        ...(between && { sharing: between.params }),
        heads: byTask((name) => heads[name].params),
        ...(after && { outputs: after.params }),
      } as Host<Params>;
    },
    represent: (params, inputs, context) =>
      named('encoder', () => encoder.apply((params as Parts).encoder, inputs, within(context, 'encoder'))),
    outputs,
    losses(params, representation, targets, context) {
      const made = outputs(params, representation, context);
      return byTask((name) => named(`losses.${name}`, () => tasks[name]!.loss(made[name], targets[name])));
    },
  };
}
