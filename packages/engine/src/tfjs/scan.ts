import type { TypedArray } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { inputsOf, type Node, type Spec, type Value } from '../graph.ts';
import { livePart, type ScanCall } from '../scan/body.ts';

/** Runs one call: reads the tensors of its inputs in `known` and puts those of its results there. */
export type RunNode = (node: Node, known: Map<Value, tf.Tensor>, isUsed: (value: Value) => boolean) => void;

/** Runs a loop step by step. Results that are not used are not computed. */
export function runScan(
  node: Node,
  known: Map<Value, tf.Tensor>,
  isUsed: (value: Value) => boolean,
  runNode: RunNode,
  tensor: (spec: Spec, data: TypedArray) => tf.Tensor,
): void {
  const { body, time, reverse } = node.attributes as ScanCall;
  const live = livePart(node, isUsed);
  const given = Object.values(node.inputs).map((value) => known.get(value)!);
  const results = [...live.carries.map((carry) => body.nextCarries[carry]!), ...live.ys.map((y) => body.ys[y]!)];
  const consumed = new Set([...live.nodes.flatMap(inputsOf), ...results]);
  const made = tf.tidy(() => {
    const fixed = new Map<Value, tf.Tensor>();
    for (const constant of live.constants)
      fixed.set(body.constants[constant]!, given[body.carries.length + body.xs.length + constant]!);
    for (const value of consumed)
      if (value.source.kind === 'constant') fixed.set(value, tensor(value, value.source.data));
    const entries = live.xs.map((x) => tf.unstack(given[body.carries.length + x]!));
    let carry = live.carries.map((at) => given[at]!);
    const rows: tf.Tensor[][] = [];
    for (let step = 0; step < time; step++) {
      const at = reverse ? time - 1 - step : step;
      const after = tf.tidy(() => {
        const inner = new Map(fixed);
        for (const [index, position] of live.carries.entries()) inner.set(body.carries[position]!, carry[index]!);
        for (const [index, position] of live.xs.entries()) inner.set(body.xs[position]!, entries[index]![at]!);
        for (const call of live.nodes) runNode(call, inner, (value) => consumed.has(value));
        return results.map((value) => tf.clone(inner.get(value)!));
      });
      carry = after.slice(0, live.carries.length);
      rows[at] = after.slice(live.carries.length);
    }
    const stacks = live.ys.map((_, index) => tf.stack(rows.map((row) => row[index]!)));
    return [...carry.map((last) => tf.clone(last)), ...stacks];
  });
  for (const [index, position] of live.carries.entries()) known.set(node.outputs[position]!, made[index]!);
  for (const [index, position] of live.ys.entries())
    known.set(node.outputs[body.carries.length + position]!, made[live.carries.length + index]!);
}
