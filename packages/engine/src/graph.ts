import type { Shape, TypedArray } from '@polytask/base';

/** The types a traced value can have: tfjs's own, without strings and complex numbers. */
export type ValueType = 'float32' | 'int32' | 'bool';

export type Spec = { readonly shape: Shape; readonly dtype: ValueType };

/** How the host fills a random input of a program, from the key given at each run. */
export type RandomDraw = {
  readonly distribution: 'keepMask' | 'uniform' | 'normal';
  /** Dropout rate of a `keepMask`. */
  readonly rate?: number;
  /** Which key argument, and the labels folded into it. */
  readonly argument: string;
  readonly labels: readonly (string | number)[];
};

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'argument'; readonly path: string }
  | { readonly kind: 'random'; readonly draw: RandomDraw }
  | {
      readonly kind: 'constant';
      readonly data: TypedArray;
      /** Of a parameter whose values are fixed. */
      readonly name?: string;
    }
  | { readonly kind: 'answer'; readonly handOver: number }
  | { readonly kind: 'node'; readonly node: Node; readonly index: number };

export type Value = Spec & { readonly id: number; readonly source: Source };

export type Attributes = Readonly<Record<string, unknown>>;

/** One call of a tfjs kernel. */
export type Node = {
  readonly kernel: string;
  /** Inputs by their tfjs names; lists have the names '0', '1', … */
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attributes: Attributes;
  readonly outputs: Value[];
  /** The user's source line that made the call, and the layer path it stood in. */
  readonly origin: Origin;
};

export type Origin = {
  /** The names of the parts around the call, joined by `/`: `encoder/blocks.0/attention`. Empty outside of layers. */
  readonly layer: string;
  /** Whether the call belongs to a gradient: that of the layer's results. */
  readonly backward?: true;
  readonly stack?: string;
};

/** The layer of a call, and whether it is the layer's gradient: the start of operation names and the key of profiles. */
export const placeOf = ({ layer, backward }: Origin): string =>
  [layer, ...(backward ? [backwardMark] : [])].filter(Boolean).join('/');

/** Follows the layer in the names of operations that belong to its gradient. */
export const backwardMark = '(backward)';

/** A point where the host takes over: it reads `outputs` and answers with a tensor of shape `answer`. */
export type HandOver = { readonly name: string; readonly outputs: ReadonlyMap<string, Value>; readonly answer: Value };

/** A traced program: nodes in the order of their execution. */
export type Graph = {
  readonly nodes: readonly Node[];
  readonly values: readonly Value[];
  readonly outputs: ReadonlyMap<string, Value>;
  readonly handOvers: readonly HandOver[];
};

export const inputsOf = (node: Node): Value[] => Object.values(node.inputs);

export const bytesOf = ({ shape, dtype }: Spec): number =>
  shape.reduce((product, axis) => product * axis, dtype === 'bool' ? 1 : 4);

export const describeSpec = ({ shape, dtype }: Spec): string => `${dtype}[${shape.join(', ')}]`;
