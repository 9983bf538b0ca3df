import { leaves, mapTree, quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorTree } from '../gradients.ts';
import type { ScanAttributes, ScanGradient } from './attributes.ts';
import { runScan } from './kernels.ts';
import { loop } from './loop.ts';
import { offTape } from './off-tape.ts';
import { pullbackOf } from './pullback.ts';

export type ScanOptions = {
  /**
   * `store` (default): the forward pass keeps each step's intermediate results for the gradient. `rematerialise`: it keeps only the carries,
   * and the gradient computes the steps again: less memory, more time.
   */
  readonly gradient?: ScanGradient | undefined;
  /** Whether the last step comes first. `ys` stay in the order of `xs`. */
  readonly reverse?: boolean | undefined;
};

/**
 * A loop over time with a gradient: (cₜ₊₁, yₜ) = step(cₜ, xₜ, constants), for t = 0 … T − 1.
 *
 * A compiled program has the step once, however long the loop. What gradients flow to must come in through the arguments; a compiled step
 * that uses another tensor of the program is an error (E3013). Tensors made in the step are fine. With T = 0 the carry is returned.
 * Gradients are of first order, except where steps are stored on an eager backend. A compiled loop gives zeros, not `null`, for an argument
 * that its step does not use.
 *
 * @param step gives the next carry, with the shapes and types of the one it gets, and any tree of tensors y. It is called an unknown number of times.
 * @param carry c₀, a tree of tensors.
 * @param xs a tree of at least one tensor [T, …]; the step gets entry t of each.
 * @param constants a tree of tensors that each step gets: parameters, masks.
 * @returns the last carry, and y of all steps, [T, …].
 * @throws RangeError when the time axes differ or a step changes the shape or type of the carry; TypeError for what is not a tensor.
 */
export function scan<
  Carry extends TensorTree,
  Xs extends TensorTree,
  Constants extends TensorTree,
  Y extends TensorTree,
>(
  step: (carry: Carry, x: Xs, constants: Constants) => { readonly carry: Carry; readonly y: Y },
  carry: Carry,
  xs: Xs,
  constants: Constants,
  options: ScanOptions = {},
): { readonly carry: Carry; readonly ys: Y } {
  // TypeScript gives up on comparing the two
  return scanTrees(step as unknown as AnyStep, carry, xs, constants, options);
}

/** A step of which nothing is known. */
type AnyStep = (...inputs: never[]) => { readonly carry: TensorTree; readonly y: TensorTree };

function scanTrees(
  step: AnyStep,
  carry: TensorTree,
  xs: TensorTree,
  constants: TensorTree,
  { gradient = 'store', reverse = false }: ScanOptions,
): { readonly carry: never; readonly ys: never } {
  if (gradient !== 'store' && gradient !== 'rematerialise')
    throw new RangeError(`scan.gradient: expected "store" or "rematerialise". Found ${quote(gradient)}.`);
  const parts = {
    carry: tensorsOf('carry', carry),
    xs: tensorsOf('xs', xs),
    constants: tensorsOf('constants', constants),
  };
  const time = timeOf(parts.xs);
  const inputs = [...parts.carry, ...parts.xs, ...parts.constants].map(([, tensor]) => tensor);
  const [first, second] = [parts.carry.length, parts.carry.length + parts.xs.length];

  let structure: TensorTree = {}; // of y: known when a step has run
  const flat: ScanAttributes['step'] = (given) => {
    const own = { carry: given.slice(0, first), xs: given.slice(first, second), constants: given.slice(second) };
    const result = step(rebuilt(carry, own.carry), rebuilt(xs, own.xs), rebuilt(constants, own.constants));
    structure = result.y;
    return [...nextCarry(parts.carry, result.carry), ...tensorsOf('y', result.y).map(([, tensor]) => tensor)];
  };
  const attributes = {
    carries: parts.carry.length,
    xs: parts.xs.length,
    constants: parts.constants.length,
    reverse,
    gradient,
    pullback: pullbackOf(flat),
  };

  const run = () => {
    if (time === 0) return withoutSteps(flat, inputs, attributes);
    const records = tf.getKernel('Scan', tf.getBackend()) !== undefined;
    if (!records && gradient === 'store') return loop(inputs, { ...attributes, step: flat });
    const closed: ScanAttributes['step'] = (given) => offTape(() => tf.tidy(() => flat(given)));
    return runScan(records ? 'Scan' : 'LoopedScan', inputs, { ...attributes, step: closed });
  };
  const results = run();
  return { carry: rebuilt(carry, results.slice(0, first)), ys: rebuilt(structure, results.slice(first)) };
}

type Leaves = readonly (readonly [path: string, tensor: tf.Tensor])[];

function tensorsOf(name: string, tree: TensorTree): Leaves {
  const found = leaves<unknown>(tree);
  for (const [path, leaf] of found) {
    if (leaf instanceof tf.Tensor) continue;
    throw new TypeError(`scan: expected tensors in ${path ? `${name}.${path}` : name}. Found ${quote(leaf)}.`);
  }
  return found as [string, tf.Tensor][];
}

function timeOf(xs: Leaves): number {
  const times = new Set(xs.map(([, { shape }]) => shape[0]));
  const [time] = times;
  if (times.size === 1 && time !== undefined) return time;
  const found = xs.map(([path, { shape }]) => `${path ? `${path} ` : ''}[${shape}]`).join(', ');
  throw new RangeError(`scan: expected one or more xs with the same first axis, time. Found ${found || 'none'}.`);
}

/** The next carry's tensors, in the order of the first's. */
function nextCarry(before: Leaves, next: TensorTree): tf.Tensor[] {
  const found = new Map(tensorsOf('carry', next));
  if (found.size !== before.length)
    throw new RangeError(`scan: expected a step to return ${before.length} tensors as its carry. Found ${found.size}.`);
  return before.map(([path, { shape, dtype }]) => {
    const tensor = found.get(path);
    if (tensor && tensor.dtype === dtype && `${tensor.shape}` === `${shape}`) return tensor;
    const name = path ? `carry.${path}` : 'carry';
    const other = tensor ? `${tensor.dtype}[${tensor.shape}]` : 'none';
    throw new RangeError(`scan: expected a step to return ${name} as it gets it, ${dtype}[${shape}]. Found ${other}.`);
  });
}

function rebuilt(like: TensorTree, tensors: readonly tf.Tensor[]): never {
  let next = 0;
  return mapTree<tf.Tensor, tf.Tensor>(like, () => tensors[next++]!) as never;
}

/** No steps: the carry stays, and one step on zeros shows what `ys` would be made of. */
function withoutSteps(
  step: ScanAttributes['step'],
  inputs: readonly tf.Tensor[],
  { carries, xs }: Pick<ScanAttributes, 'carries' | 'xs'>,
): tf.Tensor[] {
  const zeros = inputs.map((input, index) =>
    index >= carries && index < carries + xs ? tf.zeros(input.shape.slice(1), input.dtype) : input,
  );
  const ys = step(zeros).slice(carries);
  return [...inputs.slice(0, carries), ...ys.map(({ shape, dtype }) => tf.zeros([0, ...shape], dtype))];
}
