import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { type HostTensor, hostTensor, key, leaves, mapTree, type Tree } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import type { Layer, Sequence } from '../layer.ts';
import { finiteDifferences, toTensors } from '../testing/finite-differences.ts';
import { bidirectional } from './bidirectional.ts';
import { gru } from './gru.ts';
import { inferring, numbers, sequence, wavy, weighed } from './layers.fixture.ts';
import { lstm } from './lstm.ts';
import type { RecurrentOptions } from './recurrent.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Golden = {
  features: number;
  units: number;
  lengths: number[];
  x: number[][][];
  cases: Record<string, { params: Record<string, Tree<unknown>>; output: number[][][]; gradients: Tree<unknown> }>;
};
const golden = JSON.parse(readFileSync(new URL('./recurrent.golden.json', import.meta.url), 'utf8')) as Golden;

type AnyRecurrent = Layer<Record<string, never>, Sequence, Sequence>;
const kinds = {
  lstm: lstm as (options: RecurrentOptions) => unknown as (options: RecurrentOptions) => AnyRecurrent,
  gru: gru as (options: RecurrentOptions) => unknown as (options: RecurrentOptions) => AnyRecurrent,
};
const layers: Record<string, AnyRecurrent> = {
  lstm: kinds.lstm({ units: golden.units }),
  gru: kinds.gru({ units: golden.units }),
  bidirectionalLstm: bidirectional(kinds.lstm, { units: golden.units }) as unknown as AnyRecurrent,
  bidirectionalGru: bidirectional(kinds.gru, { units: golden.units }) as unknown as AnyRecurrent,
  rematerialisedGru: kinds.gru({ units: golden.units, gradient: 'rematerialise' }),
};

/** Nested lists of numbers as host tensors; the tree above them is of names. */
const hosted = (tree: unknown): unknown => {
  if (!Array.isArray(tree))
    return Object.fromEntries(Object.entries(tree as object).map(([name, part]) => [name, hosted(part)]));
  const shape: number[] = [];
  for (let part: unknown = tree; Array.isArray(part); part = part[0]) shape.push(part.length);
  return hostTensor('float32', shape, tree.flat(3) as number[]);
};

/** −0 as 0. */
const unsigned = (tensor: tf.Tensor): number[] => numbers(tensor).map((value) => value + 0);

const close = (found: tf.Tensor, wanted: HostTensor) => {
  expect(found.shape).toEqual([...wanted.shape]);
  for (const [index, value] of numbers(found).entries()) expect(value).toBeCloseTo(Number(wanted.data[index]), 5);
};

describe.each(Object.entries(golden.cases))('%s', (name, { params, output, gradients: wanted }) => {
  const layer = layers[name]!;
  const run = () => {
    const tensors = toTensors(hosted({ params, x: golden.x }) as { params: Record<string, HostTensor>; x: HostTensor });
    return {
      ...tensors,
      apply: () => layer.apply(tensors.params as never, sequence(tensors.x, golden.lengths), inferring).values,
    };
  };

  test('is PyTorch’s on rows of several lengths, with 0 in the padding', () => {
    close(run().apply(), hosted(output) as HostTensor);
  });

  test('has PyTorch’s gradients', () => {
    const { params: own, x, apply } = run();
    const found = gradients(() => weighed(apply()), { params: own as never, x }).gradients;
    const expected = new Map(leaves<HostTensor>(hosted(wanted) as Tree<HostTensor>));
    const all = leaves<tf.Tensor>(found as Tree<tf.Tensor>);
    expect(all.map(([path]) => path).sort()).toEqual([...expected.keys()].sort());
    for (const [path, gradient] of all) close(gradient, expected.get(path)!);
  });

  test('gives the same whatever stands in the padding, and however much of it there is', () => {
    const { params: own, x, apply } = run();
    const [batch, time, features] = x.shape as [number, number, number];
    const rows = golden.lengths.map((length, row) => {
      const kept = tf.slice(x, [row, 0, 0], [1, length, features]);
      return tf.concat([kept, tf.fill([1, time - length + 3, features], 7)], 1);
    });
    const longer = layer.apply(own as never, sequence(tf.concat(rows, 0), golden.lengths), inferring).values;
    expect(longer.shape).toEqual([batch, time + 3, apply().shape[2]]);
    expect(unsigned(tf.slice(longer, [0, 0, 0], apply().shape))).toEqual(unsigned(apply()));
    expect(unsigned(tf.slice(longer, [0, time, 0]))).toEqual(Array(batch * 3 * apply().shape[2]!).fill(0));
  });
});

describe('recurrent layers', () => {
  test.each(['lstm', 'gru'] as const)('%s: gradients are those of finite differences, in reverse too', (name) => {
    const layer = kinds[name]({ units: 2, reverse: true });
    const { params } = layer.init(key(3), [3, 2]);
    const at = { params, x: hostTensor('float32', [2, 3, 2], numbers(wavy([2, 3, 2]))) };
    const { error } = finiteDifferences(
      (tree) => weighed(layer.apply(tree.params as never, sequence(tree.x, [3, 2]), inferring).values),
      at,
    );
    expect(error).toBeLessThan(2e-3);
  });

  test('start uniform on ±1/√units, each parameter on its own', () => {
    const { params, outputShape } = gru({ units: 16 }).init(key(1), [7, 5]);
    expect(outputShape).toEqual([7, 16]);
    expect(mapTree<HostTensor, unknown>(params as never, ({ shape }) => shape)).toEqual({
      inputWeight: [5, 48],
      recurrentWeight: [16, 48],
      inputBias: [48],
      recurrentBias: [48],
    });
    const all = Object.values(params).flatMap(({ data }) => Array.from(data, Number));
    expect(Math.max(...all)).toBeLessThan(0.25);
    expect(Math.max(...all)).toBeGreaterThan(0.24);
    expect(Math.min(...all)).toBeLessThan(-0.24);
    expect(params.inputBias.data).not.toEqual(params.recurrentBias.data);
  });

  test('have the parameters of the reference model: BiGRU 96 on 128 and on 192 features', () => {
    const count = (features: number) =>
      leaves<HostTensor>(bidirectional(gru, { units: 96 }).init(key(1), [75, features]).params as never).reduce(
        (sum, [, { data }]) => sum + data.length,
        0,
      );
    expect([count(128), count(192)]).toEqual([130_176, 167_040]);
  });

  test('refuse units that are no positive integer, and inputs without features', () => {
    expect(() => gru({ units: 0 })).toThrow('gru.units: expected a positive integer. Found 0.');
    expect(() => lstm({ units: 2 }).init(key(1), [])).toThrow('lstm: expected an input with a last axis of features.');
  });

  test('give zeros for rows of length 0', () => {
    const layer = bidirectional(lstm, { units: 2 });
    const params = toTensors(layer.init(key(1), [3, 2]).params);
    expect(unsigned(layer.apply(params, sequence(wavy([1, 3, 2]), [0]), inferring).values)).toEqual(Array(12).fill(0));
  });
});
