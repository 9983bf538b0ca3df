import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { openDevice } from './devices.ts';
import { exactAttributes, exactEntries } from './exact.ts';

const tellsApart = (...parts: readonly string[]) => expect(new Set(parts).size).toBe(parts.length);

describe('a signature', () => {
  it('tells −0 from 0 and knows NaN again, alone and among others', () => {
    const of = (...values: number[]) => exactEntries(Float32Array.from(values));
    tellsApart(of(0, 0), of(-0, -0), of(Number.NaN, Number.NaN), of(0, 1), of(-0, 1), of(Number.NaN, 1));
    expect(of(Number.NaN, 0)).toBe(of(Number.NaN, 0));
  });

  it('of attributes tells −0, infinities, NaN and null apart, and does not depend on the order of their names', () => {
    const { POSITIVE_INFINITY, NEGATIVE_INFINITY, NaN: nan } = Number;
    tellsApart(...[0, -0, POSITIVE_INFINITY, NEGATIVE_INFINITY, nan, null, '0'].map((a) => exactAttributes({ a })));
    expect(exactAttributes({ a: [1], b: nan })).toBe(exactAttributes({ b: nan, a: [1] }));
  });

  it('keeps constants and fills of either zero apart in a compiled program', async () => {
    const zeros = () => ({
      written: tf.reciprocal(tf.tensor1d([0, 0])),
      negative: tf.reciprocal(tf.tensor1d([-0, -0])),
      mixed: tf.reciprocal(tf.tensor1d([-0, 1])),
      other: tf.reciprocal(tf.tensor1d([0, 1])),
      filled: tf.reciprocal(tf.fill([2], -0)),
      low: tf.clipByValue(tf.tensor1d([-5]), Number.NEGATIVE_INFINITY, 0),
      lower: tf.clipByValue(tf.tensor1d([-5]), -1, 0),
    });
    const inf = Number.POSITIVE_INFINITY;
    for (const device of ['onnx-node', 'cpu'] as const) {
      const program = compile(zeros, { device: await openDevice(device) });
      const found = await program.run();
      const values = Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, Array.from(data)]));
      expect(values).toEqual({
        written: [inf, inf],
        negative: [-inf, -inf],
        mixed: [-inf, 1],
        other: [inf, 1],
        filled: [-inf, -inf],
        low: [-5],
        lower: [-1],
      });
      await program[Symbol.asyncDispose]();
    }
  });
});
