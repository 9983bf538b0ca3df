import type { Balancer } from '@polytask/balance';
import type { Augmentation } from '@polytask/data';
import type { Encoder } from '@polytask/encoders';
import type { Head } from '@polytask/heads';
import type { RunConfig, RunFile } from './schema.ts';

/** What an object passed by a TypeScript run file carries: its name and options are recorded and compared in place of the object. */
type Named = { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };

// biome-ignore-start lint/suspicious/noExplicitAny: specs, parameters and encodings are each object's own business; a run only carries them
export type NamedEncoder = Named & Encoder<string, any, any, any, any>;
export type NamedHead = Named & Head<string, any, any, any, { readonly label: string }>;
export type NamedBalancer = Named & Balancer<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: see above
export type NamedAugmentation = Augmentation<string>;

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

/** A run file in TypeScript: as in YAML, and `type` may be an object where YAML has a name. */
export type RunDefinition = Omit<RunFile, 'inputs' | 'tasks' | 'balance'> & {
  readonly inputs: Readonly<
    Record<
      string,
      Omit<Inputs, 'encoder' | 'augment'> & {
        readonly encoder?: Inputs['encoder'] | { readonly type: NamedEncoder };
        readonly augment?: readonly (Steps[number] | (StepKeys & { readonly type: NamedAugmentation }))[] | undefined;
      }
    >
  >;
  readonly tasks: Readonly<
    Record<string, Tasks | (Pick<Tasks, 'column' | 'weight' | 'metrics'> & { readonly type: NamedHead })>
  >;
  readonly balance?: RunFile['balance'] | { readonly type: NamedBalancer };
};
