import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { finiteDifferences, toTensors } from '../testing/finite-differences.ts';
import { scan } from './scan.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const drawn = (shape: number[], seed: number) =>
  hostTensor(
    'float32',
    shape,
    uniform(
      key(seed),
      shape.reduce((product, size) => product * size, 1),
    ).map((value) => value - 0.5),
  );

const point = (time: number) => ({
  h: drawn([2, 3], 1),
  xs: drawn([time, 2, 3], 2),
  weight: drawn([3, 3], 3),
  bias: drawn([3], 4),
});
type Point = { h: tf.Tensor; xs: tf.Tensor; weight: tf.Tensor; bias: tf.Tensor };

type Carry = { h: tf.Tensor; count: tf.Tensor };
const step = (
  { h, count }: Carry,
  x: tf.Tensor,
  { weight, bias }: { weight: tf.Tensor; bias: tf.Tensor },
): { carry: Carry; y: { out: tf.Tensor; square: tf.Tensor } } => {
  const next = tf.tanh(tf.add(tf.add(tf.matMul(h, weight), x), bias));
  return {
    carry: { h: next, count: tf.add(count, tf.scalar(1, 'int32')) },
    y: { out: next, square: tf.square(tf.sub(next, h)) },
  };
};

const wavy = (tensor: tf.Tensor) => tf.sum(tf.mul(tensor, tf.reshape(tf.cos(tf.range(0, tensor.size)), tensor.shape)));

const objective =
  (options: { gradient?: 'store' | 'rematerialise'; reverse?: boolean }) =>
  ({ h, xs, weight, bias }: Point) => {
    const found = scan(step, { h, count: tf.scalar(0, 'int32') }, xs, { weight, bias }, options);
    return tf.addN([wavy(found.carry.h), wavy(found.ys.out), wavy(found.ys.square)]);
  };

/** The same, step after step, without scan. */
const unrolled =
  (reverse: boolean) =>
  ({ h, xs, weight, bias }: Point) => {
    let carry: Carry = { h, count: tf.scalar(0, 'int32') };
    const rows: { out: tf.Tensor; square: tf.Tensor }[] = [];
    const frames = tf.unstack(xs);
    for (const time of reverse ? [...frames.keys()].reverse() : frames.keys()) {
      const result = step(carry, frames[time]!, { weight, bias });
      carry = result.carry;
      rows[time] = result.y;
    }
    return tf.addN([
      wavy(carry.h),
      wavy(tf.stack(rows.map(({ out }) => out))),
      wavy(tf.stack(rows.map(({ square }) => square))),
    ]);
  };

const evaluated = (f: (point: Point) => tf.Tensor, time: number): number[] => {
  const tensors = toTensors(point(time)) as Point;
  const { value, gradients: found } = gradients(() => f(tensors), tensors);
  return [value, ...Object.values(found as Record<string, tf.Tensor>)].flatMap((tensor) => [...tensor.dataSync()]);
};

const close = (found: number[], wanted: number[]) => {
  expect(found).toHaveLength(wanted.length);
  for (const [index, value] of found.entries()) expect(value).toBeCloseTo(wanted[index]!, 5);
};

describe('scan', () => {
  test('gives a running sum and its steps', () => {
    const sum = (carry: tf.Tensor, x: tf.Tensor) => ({ carry: tf.add(carry, x), y: tf.add(carry, x) });
    const { carry, ys } = scan(sum, tf.scalar(10), tf.tensor1d([1, 2, 3]), {});
    expect(carry.dataSync()[0]).toBe(16);
    expect([...ys.dataSync()]).toEqual([11, 13, 16]);
  });

  test('in reverse starts at the last step and keeps the order of time', () => {
    const sum = (carry: tf.Tensor, x: tf.Tensor) => ({ carry: tf.add(carry, x), y: tf.add(carry, x) });
    const { ys } = scan(sum, tf.scalar(0), tf.tensor1d([1, 2, 3]), {}, { reverse: true });
    expect([...ys.dataSync()]).toEqual([6, 5, 3]);
  });

  test.each([
    ['store', false],
    ['store', true],
    ['rematerialise', false],
    ['rematerialise', true],
  ] as const)('%s, reverse %s: is the unrolled loop, with all gradients', (gradient, reverse) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), (time) => {
        close(evaluated(objective({ gradient, reverse }), time), evaluated(unrolled(reverse), time));
      }),
      { numRuns: 4, seed: 3 },
    );
  });

  test.each(['store', 'rematerialise'] as const)('%s: gradients are those of finite differences', (gradient) => {
    const { error } = finiteDifferences((at) => objective({ gradient })(at as Point), point(3));
    expect(error).toBeLessThan(2e-3);
  });

  test('two carries that are one tensor have a gradient of their own each', () => {
    const run = (gradient: 'store' | 'rematerialise') => {
      const x = tf.tensor1d([2, 3]);
      const twice = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }, entry: tf.Tensor) => {
        const both = tf.mul(tf.mul(a, b), entry);
        return { carry: { a: both, b: both }, y: {} };
      };
      const start = tf.scalar(1.5);
      const f = () => scan(twice, { a: start, b: start }, x, {}, { gradient }).carry.a;
      return gradients(f, { start, x }).gradients;
    };
    // (s²x₁)²x₂ = s⁴x₁²x₂: 4s³x₁²x₂ = 162
    for (const mode of ['store', 'rematerialise'] as const) {
      const { start, x } = run(mode) as { start: tf.Tensor; x: tf.Tensor };
      expect(start.dataSync()[0]).toBeCloseTo(162, 3);
      expect(x.dataSync()[0]).toBeCloseTo(2 * 1.5 ** 4 * 2 * 3, 3);
      expect(x.dataSync()[1]).toBeCloseTo(1.5 ** 4 * 4, 3);
    }
  });

  test('a scan in a scan has gradients', () => {
    const f =
      (gradient: 'store' | 'rematerialise') =>
      ({ x, weight }: { x: tf.Tensor; weight: tf.Tensor }) => {
        const inner = (carry: tf.Tensor, entry: tf.Tensor, scale: tf.Tensor) => {
          const next = tf.sin(tf.add(tf.mul(carry, scale), entry));
          return { carry: next, y: next };
        };
        const outer = (carry: tf.Tensor, row: tf.Tensor, scale: tf.Tensor) => {
          const found = scan(inner, carry, row, scale, { gradient });
          return { carry: found.carry, y: tf.sum(found.ys) };
        };
        const found = scan(outer, tf.scalar(0.3), x, weight, { gradient });
        return tf.add(found.carry, tf.sum(found.ys));
      };
    const at = { x: drawn([3, 4], 8), weight: hostTensor('float32', [], [0.7]) };
    for (const mode of ['store', 'rematerialise'] as const)
      expect(finiteDifferences((tree) => f(mode)(tree as { x: tf.Tensor; weight: tf.Tensor }), at).error).toBeLessThan(
        2e-3,
      );
  });

  test('without steps the carry stays, ys are empty and gradients pass through', () => {
    const tensors = toTensors(point(0)) as Point;
    const { h, xs, weight, bias } = tensors;
    const found = scan(step, { h, count: tf.scalar(7, 'int32') }, xs, { weight, bias });
    expect(found.ys.out.shape).toEqual([0, 2, 3]);
    expect(found.carry.count.dataSync()[0]).toBe(7);
    const of = gradients(() => tf.sum(scan(step, { h, count: tf.scalar(7, 'int32') }, xs, { weight, bias }).carry.h), {
      h,
      weight,
    });
    expect([...(of.gradients.h as tf.Tensor).dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('a gradient of a gradient is right where steps are stored, and an error where they are rematerialised', () => {
    const x = tf.tensor1d([2, 3]);
    const second = (gradient: 'store' | 'rematerialise') => {
      const product = () =>
        scan(
          (carry: tf.Tensor, entry: tf.Tensor) => ({ carry: tf.mul(carry, entry), y: {} }),
          tf.scalar(1),
          x,
          {},
          { gradient },
        ).carry;
      const first = () => tf.sum(gradients(product, { x }).gradients.x as tf.Tensor);
      return gradients(first, { x }).gradients.x as tf.Tensor;
    };
    expect([...second('store').dataSync()]).toEqual([1, 1]); // x₁x₂ → (x₂, x₁) → 1, 1
    expect(() => second('rematerialise')).toThrow('scan: expected gradients of first order.');
  });

  test('leaves no tensors behind', () => {
    const before = tf.memory().numTensors;
    evaluatedInTidy();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    [
      'no xs',
      () => scan((carry: tf.Tensor) => ({ carry, y: {} }), tf.scalar(0), {}, {}),
      'scan: expected one or more xs with the same first axis, time. Found none.',
    ],
    [
      'other times',
      () => scan((carry: tf.Tensor) => ({ carry, y: {} }), tf.scalar(0), { a: tf.zeros([2]), b: tf.zeros([3]) }, {}),
      'scan: expected one or more xs with the same first axis, time. Found a [2], b [3].',
    ],
    [
      'another carry',
      () => scan(() => ({ carry: { h: tf.zeros([3]) }, y: {} }), { h: tf.zeros([2]) }, tf.zeros([2]), {}),
      'scan: expected a step to return carry.h as it gets it, float32[2]. Found float32[3].',
    ],
    [
      'a number',
      () => scan((carry: tf.Tensor) => ({ carry, y: {} }), tf.scalar(0), tf.zeros([2]), { rate: 3 as never }),
      'scan: expected tensors in constants.rate. Found 3.',
    ],
  ])('%s is an error that says what was expected', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

const evaluatedInTidy = () =>
  void tf.tidy(() => {
    for (const gradient of ['store', 'rematerialise'] as const) evaluated(objective({ gradient }), 3);
  });
