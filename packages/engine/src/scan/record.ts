import type { ScanAttributes } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Node, Value } from '../graph.ts';
import { originOf } from '../place.ts';
import { addValue, findMerged, newRecording, recordIn, requireTrace, tensorOf, tracedValue } from '../recording.ts';
import { type ScanBody, type ScanCall, scanOf } from './body.ts';
import { bodySignature } from './signature.ts';

/** Records a loop: its step once, in a recording of its own, and one node that holds it. */
export function recordScan(given: readonly tf.TensorInfo[], { carries, xs, reverse, step }: ScanAttributes): Node {
  const inputs = given.map(tracedValue);
  const recording = newRecording({ outer: requireTrace() });
  const body = recordIn(recording, (): ScanBody => {
    const own = inputs.map(({ shape, dtype }, position) => {
      const isX = position >= carries && position < carries + xs;
      return addValue({ shape: isX ? shape.slice(1) : shape, dtype }, { kind: 'argument', path: `scan.${position}` });
    });
    const results = step(own.map(tensorOf)).map(tracedValue);
    return {
      carries: own.slice(0, carries),
      xs: own.slice(carries, carries + xs),
      constants: own.slice(carries + xs),
      nodes: recording.nodes,
      nextCarries: results.slice(0, carries),
      ys: results.slice(carries),
      asked: results.length - carries,
      recording,
    };
  });
  return addScan(inputs, { body, reverse, time: inputs[carries]!.shape[0]! });
}

/** The node of a loop, or the equal one that was recorded before. */
export function addScan(inputs: readonly Value[], call: ScanCall): Node {
  const trace = requireTrace();
  const { body, time, reverse } = call;
  const signature = `Scan|${inputs.map(({ id }) => id)}|${reverse}|${bodySignature(body)}`;
  const known = findMerged(trace, signature)?.[0]?.source;
  if (known?.kind === 'node') return known.node;
  const node: Node = {
    kernel: 'Scan',
    inputs: Object.fromEntries(inputs.map((input, position) => [`${position}`, input])),
    attributes: call,
    outputs: [],
    origin: originOf(trace, inputs),
  };
  for (const value of body.nextCarries) addOutput(node, value.shape, value);
  for (const value of body.ys) addOutput(node, [time, ...value.shape], value);
  trace.nodes.push(node);
  trace.merged.set(signature, node.outputs);
  return node;
}

const addOutput = (node: Node, shape: readonly number[], { dtype }: Value): Value => {
  const value = addValue({ shape, dtype }, { kind: 'node', node, index: node.outputs.length });
  node.outputs.push(value);
  return value;
};

/** What a value of the body was in all steps, [T, …]: kept from now on, if it was not. */
export function stackOf(node: Node, value: Value): Value {
  const { body, time } = scanOf(node)!;
  const position = body.ys.indexOf(value);
  if (position >= 0) return node.outputs[body.carries.length + position]!;
  body.ys.push(value);
  return recordIn(body.recording.outer!, () => addOutput(node, [time, ...value.shape], value));
}
