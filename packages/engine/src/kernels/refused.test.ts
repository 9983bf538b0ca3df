import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compile } from '../compile.ts';
import type { Device } from '../device.ts';
import { kernels } from './index.ts';
import { neverCalled, refused } from './refused.ts';

const untouched: Device = {
  name: 'none',
  description: 'for programs that are traced and not run',
  load: () => Promise.reject(new RangeError('This program is not run.')),
};

const traced = (program: () => tf.Tensor) => () => compile(program, { device: untouched }).graph();

it('every kernel of tfjs-core compiles, is refused with a reason, or is never called', () => {
  const names = Object.entries(tf)
    .filter(([name, value]) => typeof value === 'string' && name === value && /^_?[A-Z]/.test(name))
    .map(([name]) => name);
  const ways = (name: string) => [name in kernels, name in refused, name in neverCalled].filter(Boolean).length;

  expect(names.length).toBeGreaterThan(170);
  // Identity compiles to nothing: it is no node
  expect(names.filter((name) => ways(name) !== 1)).toEqual(['Identity']);
});

it.each([
  ['whose shape depends on values', () => tf.unique(tf.tensor1d([1, 1, 2])).values, /Unique.*shape.*depends on values/],
  ['that draws its own numbers', () => tf.multinomial(tf.tensor1d([0.5, 0.5]), 3, 7), /Multinomial.*random numbers/],
  ['of complex numbers', () => tf.complex(tf.tensor1d([1]), tf.tensor1d([1])), /Complex.*complex numbers/],
] as const)('a kernel %s is refused with the reason', (_, program, message) => {
  expect(traced(program as () => tf.Tensor)).toThrow(message);
});
