import * as tf from '@tensorflow/tfjs-core';
import type { Node, Value } from '../graph.ts';

/**
 * How the sum of a step's value over all steps is found. A matrix product or a sum over the batch in each step is one product or one sum over
 * batch and time after the loop; only what is neither is added up in the loop.
 */
export type TimeSum =
  | { readonly kind: 'product'; readonly a: Value; readonly b: Value }
  | { readonly kind: 'sum'; readonly x: Value; readonly axes: readonly number[]; readonly keepDims: boolean }
  | { readonly kind: 'linear'; readonly node: Node; readonly of: TimeSum }
  | { readonly kind: 'both'; readonly parts: readonly TimeSum[] }
  | { readonly kind: 'accumulated'; readonly value: Value };

/** What a value is with another shape: all steps of the one are all steps of the other. */
function content(value: Value): Value {
  const { source } = value;
  const isShape = source.kind === 'node' && (source.node.kernel === 'Reshape' || source.node.kernel === 'ExpandDims');
  return isShape ? content(source.node.inputs.x!) : value;
}

/** @param hasStack whether what a value was in all steps can be had after the loop. */
export function timeSum(value: Value, hasStack: (value: Value) => boolean): TimeSum {
  const isStackable = (part: Value) => hasStack(content(part));
  const accumulated: TimeSum = { kind: 'accumulated', value };
  if (value.source.kind !== 'node' || !hasStack(value)) return accumulated;
  const { node } = value.source;
  const { a, b, x } = node.inputs;
  switch (node.kernel) {
    case 'BatchMatMul': {
      const { transposeA, transposeB } = node.attributes;
      const isSum = transposeA && !transposeB && a!.shape.length === b!.shape.length;
      return isSum && isStackable(a!) && isStackable(b!) ? { kind: 'product', a: a!, b: b! } : accumulated;
    }
    case 'Sum': {
      if (!isStackable(x!) || x!.dtype !== 'float32') return accumulated;
      const { axis, keepDims } = node.attributes as { axis?: number | number[] | null; keepDims?: boolean };
      const rank = x!.shape.length;
      const axes = axis === undefined || axis === null ? [...Array(rank).keys()] : [axis].flat();
      return {
        kind: 'sum',
        x: x!,
        axes: axes.map((entry) => (entry < 0 ? entry + rank : entry)),
        keepDims: keepDims === true,
      };
    }
    case 'Reshape':
    case 'ExpandDims':
    case 'Transpose':
    case 'Slice':
    case 'Neg': {
      const of = timeSum(x!, hasStack);
      return of.kind === 'accumulated' ? accumulated : { kind: 'linear', node, of };
    }
    case 'Add':
    case 'AddN': {
      const terms = Object.values(node.inputs);
      if (terms.some(({ shape }) => `${shape}` !== `${value.shape}`)) return accumulated;
      const parts = terms.map((term) => timeSum(term, hasStack));
      return parts.some(({ kind }) => kind !== 'accumulated') ? { kind: 'both', parts } : accumulated;
    }
    default:
      return accumulated;
  }
}

/** The values that must be known for all steps, and those that the loop must add up. */
export function partsOf(sum: TimeSum): { readonly stacked: Value[]; readonly accumulated: Value[] } {
  switch (sum.kind) {
    case 'product':
      return { stacked: [content(sum.a), content(sum.b)], accumulated: [] };
    case 'sum':
      return { stacked: [content(sum.x)], accumulated: [] };
    case 'linear':
      return partsOf(sum.of);
    case 'both': {
      const parts = sum.parts.map(partsOf);
      return {
        stacked: parts.flatMap(({ stacked }) => stacked),
        accumulated: parts.flatMap(({ accumulated }) => accumulated),
      };
    }
    case 'accumulated':
      return { stacked: [], accumulated: [sum.value] };
  }
}

/** The sum, from its parts after the loop. */
export function summedOverTime(
  sum: TimeSum,
  stackOf: (value: Value) => tf.Tensor,
  accumulated: (value: Value) => tf.Tensor,
): tf.Tensor {
  const stacked = (value: Value) => {
    const stack = stackOf(content(value));
    return tf.reshape(stack, [stack.shape[0]!, ...value.shape]);
  };
  switch (sum.kind) {
    case 'product':
      return tf.matMul(longColumns(stacked(sum.a)), longColumns(stacked(sum.b)), true, false);
    case 'sum': {
      const total = tf.sum(stacked(sum.x), [0, ...sum.axes.map((axis) => axis + 1)], sum.keepDims);
      return sum.keepDims ? tf.squeeze(total, [0]) : total;
    }
    case 'linear': {
      const of = summedOverTime(sum.of, stackOf, accumulated);
      return tf.engine().runKernel(sum.node.kernel, { x: of }, sum.node.attributes as tf.NamedAttrMap) as tf.Tensor;
    }
    case 'both':
      return sum.parts
        .map((part) => summedOverTime(part, stackOf, accumulated))
        .reduce((total, part) => tf.add(total, part));
    case 'accumulated':
      return accumulated(sum.value);
  }
}

/** [T, …, rows, columns] → […, T·rows, columns]. */
function longColumns(stack: tf.Tensor): tf.Tensor {
  const [time, ...shape] = stack.shape as [number, ...number[]];
  const groups = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const axes = groups.map((_, axis) => axis + 1);
  const ordered = groups.length === 0 ? stack : tf.transpose(stack, [...axes, 0, axes.length + 1, axes.length + 2]);
  return tf.reshape(ordered, [...groups, time * rows, columns]);
}
