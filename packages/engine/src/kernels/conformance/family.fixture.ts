import type { HostTensor } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';
import type fc from 'fast-check';

/** What is drawn for one run: tensors, and attributes such as axes. */
export type Draw<Name extends string = string, Attributes = unknown> = {
  readonly inputs: Readonly<Record<Name, HostTensor>>;
  readonly attributes: Attributes;
};

type Expression<Name extends string, Attributes> = (
  inputs: Readonly<Record<Name, tf.Tensor>>,
  attributes: Attributes,
) => tf.Tensor | readonly tf.Tensor[];

/** Kernels that take the same inputs: one drawn sample runs through all of them, in one program. */
export interface Family {
  readonly title: string;
  readonly kernels: readonly string[];
  readonly draws: fc.Arbitrary<Draw>;
  /** The outputs of the tfjs expression that calls `kernel`. */
  evaluate(kernel: string, inputs: Readonly<Record<string, tf.Tensor>>, attributes: unknown): readonly tf.Tensor[];
  /** Why tfjs itself cannot give an entry's gradient, where it fails. */
  readonly withoutGradient: Exceptions;
  /** Why an entry is not compared on tfjs's wasm backend, where that backend is wrong. */
  readonly notOnWasm: Exceptions;
}

/** Reasons, by entry or for `all` entries of a family; on wasm also by input type. */
export type Exceptions = Readonly<Record<string, string>>;

/**
 * A family of kernels, each with the tfjs expression that calls it.
 *
 * @param expressions by kernel name; 'Kernel: remark' where one kernel has several expressions.
 */
export function family<Name extends string, Attributes>(definition: {
  readonly title: string;
  readonly draws: fc.Arbitrary<Draw<Name, Attributes>>;
  readonly expressions: Readonly<Record<string, Expression<Name, Attributes>>>;
  readonly withoutGradient?: Exceptions;
  readonly notOnWasm?: Exceptions;
}): Family {
  const { title, draws, expressions, withoutGradient = {}, notOnWasm = {} } = definition;
  return {
    title,
    kernels: Object.keys(expressions),
    draws,
    withoutGradient,
    notOnWasm,
    evaluate: (kernel, inputs, attributes) =>
      [expressions[kernel]!(inputs as Record<Name, tf.Tensor>, attributes as Attributes)].flat(),
  };
}

/** 'Cast: to bool' → 'Cast' */
export const kernelOf = (entry: string): string => entry.split(':', 1)[0]!;

export const isException = (exceptions: Exceptions, entry: string): boolean =>
  'all' in exceptions || entry in exceptions;
