import type { Balancer } from '@polytask/balance';
import type { Augmentation } from '@polytask/data';
import type { Encoder } from '@polytask/encoders';
import type {
  Classification,
  DetectPrediction,
  Head,
  LabelSetPrediction,
  LocatedSpan,
  Regression,
  TaggedSpan,
  Transcription,
} from '@polytask/heads';
import type { RunConfig, RunFile } from './schema.ts';

/** What an object passed by a TypeScript run file carries: its name and options are recorded and compared in place of the object. */
type Named = { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };

// biome-ignore-start lint/suspicious/noExplicitAny: specs, parameters and encodings are each object's own business; a run only carries them
export type NamedEncoder = Named & Encoder<any, any, any, any, any, any>;
export type NamedHead = Named &
  Omit<Head<string, any, any, any, TaskPrediction, any, any>, 'decode'> & {
    decode(outputs: any, spec: any): TaskPrediction[];
  };
export type NamedBalancer = Named & Balancer<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: see above
// biome-ignore lint/suspicious/noExplicitAny: what it changes is that of its input
export type NamedAugmentation = Augmentation<any>;

/** A tag for each word, and the spans that they are; with their place in the text where that is known. */
export type TagPrediction = {
  readonly tags: readonly string[];
  readonly spans: readonly (TaggedSpan & Partial<LocatedSpan>)[];
};

/** What a task predicts: a class, a number, a text, a set of labels, tags of words, or boxes. */
export type TaskPrediction =
  | Classification
  | Regression
  | Transcription
  | LabelSetPrediction
  | TagPrediction
  | DetectPrediction;

/** Objects by their path in the run file, such as `inputs.text.encoder`. */
export type RunObjects = {
  readonly encoders: Readonly<Record<string, NamedEncoder>>;
  readonly heads: Readonly<Record<string, NamedHead>>;
  readonly balancer?: NamedBalancer;
  /** By input and place in its list. */
  readonly augmentations?: Readonly<Record<string, Readonly<Record<number, NamedAugmentation>>>>;
};

/** A checked run file: its configuration, which is JSON, and the objects that a TypeScript run file passed. */
export type Run = { readonly config: RunConfig; readonly objects: RunObjects };

type Inputs = RunFile['inputs'][string];
type Steps = NonNullable<Inputs['augment']>;
/** What goes with an augmentation that is an object. */
type StepKeys = Pick<Steps[number], 'probability' | 'unsafeFor'>;
type Tasks = RunFile['tasks'][string];

/** An input whose encoder and augmentations may be objects. */
type WithObjects<Input> = Input extends Inputs
  ? Omit<Input, 'encoder' | 'augment'> &
      EncoderKey<Input> & {
        readonly augment?: readonly (Steps[number] | (StepKeys & { readonly type: NamedAugmentation }))[] | undefined;
      }
  : never;
type EncoderKey<Input> = {
  readonly encoder?: (Input extends { encoder?: infer Encoder } ? Encoder : never) | { readonly type: NamedEncoder };
};

/** A run file in TypeScript: as in YAML, and `type` may be an object where YAML has a name. */
export type RunDefinition = Omit<RunFile, 'inputs' | 'tasks' | 'balance'> & {
  readonly inputs: Readonly<Record<string, WithObjects<Inputs>>>;
  readonly tasks: Readonly<
    Record<string, Tasks | (Pick<Tasks, 'column' | 'weight' | 'metrics'> & { readonly type: NamedHead })>
  >;
  readonly balance?: RunFile['balance'] | { readonly type: NamedBalancer };
};
