import {
  fold,
  isHostTensor,
  isKey,
  type Key,
  keepMask,
  mapTree,
  normal,
  PolytaskError,
  type Tree,
  type TypedArray,
  uniform,
} from '@polytask/base';
import type { Random } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Graph, RandomDraw, ValueType } from './graph.ts';
import { addValue, randomTensor, tensorOf } from './recording.ts';
import { Resident } from './resident.ts';
import { trace } from './trace.ts';

/** Stands in the remembered output where a tensor comes. */
export class Marker {}

export type TraceOptions = {
  /** Whether the values of a tensor at this path become a part of the graph. */
  readonly isFrozen?: (path: string) => boolean;
  /** Whether each node remembers the line that made it. */
  readonly sites?: boolean;
};

/** Runs a program on traced tensors: the graph, and what it returned with a marker for each tensor. */
export function traceProgram(
  program: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  { isFrozen = () => false, sites = false }: TraceOptions = {},
): { graph: Graph; output: unknown } {
  let output: unknown;
  const inside = (leaf: unknown, path: string): unknown => {
    if (isKey(leaf)) return tracedRandom(path, []);
    if (!isHostTensor(leaf) && !Resident.is(leaf)) return leaf;
    const spec = { shape: leaf.shape, dtype: valueType(leaf.dtype, path) };
    if (!isFrozen(path)) return tensorOf(addValue(spec, { kind: 'argument', path }));
    if (!isHostTensor(leaf))
      throw new PolytaskError('usage', {
        code: 'E3023',
        path,
        message:
          'A frozen argument is a part of the compiled program. Found a resident tensor, whose values are on the device.',
        fix: 'Copy it out with `await read(tree)`.',
      });
    return tensorOf(addValue(spec, { kind: 'constant', data: leaf.data, name: path }));
  };
  const graph = trace(
    () => {
      const returned = program(...(mapTree<unknown, unknown>(inputs as Tree<unknown>, inside) as never));
      const tensors = new Map<string, tf.Tensor>();
      output = mapTree<unknown, unknown>(returned as Tree<unknown>, (leaf, path) => {
        if (!(leaf instanceof tf.Tensor)) return leaf;
        tensors.set(path, leaf);
        return new Marker();
      });
      return tensors;
    },
    { sites },
  );
  return { graph, output };
}

function tracedRandom(argument: string, labels: readonly (string | number)[]): Random {
  const draw = (distribution: RandomDraw['distribution'], shape: readonly number[], rate?: number) =>
    randomTensor(
      { shape, dtype: distribution === 'keepMask' ? 'bool' : 'float32' },
      { distribution, argument, labels, ...(rate !== undefined && { rate }) },
    );
  return {
    fold: (label) => tracedRandom(argument, [...labels, label]),
    keepMask: (shape, rate) => draw('keepMask', shape, rate),
    uniform: (shape) => draw('uniform', shape),
    normal: (shape) => draw('normal', shape),
  };
}

export function fillDraw({ distribution, rate, labels }: RandomDraw, root: Key, target: TypedArray): void {
  const key = labels.reduce<Key>((parent, label) => fold(parent, label), root);
  if (distribution === 'keepMask') keepMask(key, target.length, rate!, target as Uint8Array);
  else
    (target as Float32Array).set(distribution === 'uniform' ? uniform(key, target.length) : normal(key, target.length));
}

function valueType(dtype: string, path: string): ValueType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new PolytaskError('usage', {
    code: 'E3008',
    path,
    message: `Programs compute with float32, int32 and bool. Found ${dtype}.`,
  });
}

/** A number, or a tfjs tensor, among the arguments as a host tensor. */
export function toFeed(leaf: unknown): unknown {
  if (typeof leaf === 'number') return { dtype: 'float32', shape: [], data: Float32Array.of(leaf) };
  if (leaf instanceof tf.Tensor) return { dtype: leaf.dtype, shape: leaf.shape, data: leaf.dataSync() };
  return leaf;
}
