import { hostTensor, key } from '@polytask/base';
import { defineModel, dense } from '@polytask/core';
import { openDevice } from '@polytask/engine';
import { type AnyModel, adam } from '@polytask/train';
import { describe, expect, it } from 'vitest';
import { batchOf, mirror } from '../testing/mirror.fixture.ts';
import { gradientAffinity, lookAheadAffinity } from './measure-affinity.ts';
import { representationAffinity } from './representation-affinity.ts';

const device = await openDevice('onnx', { threads: 1 });
const options = { model: mirror(), device, steps: 1, learningRate: 0.1, key: key(1) };
const endless = (...given: ReturnType<typeof batchOf>[]) => {
  let at = 0;
  return { next: () => given[at++ % given.length]! };
};

describe('gradientAffinity', () => {
  it.each(['parameters', 'representation', 'last-layer'] as const)(
    'is 1 for tasks that want the same and −1 for opposite ones, at the %s',
    async (gradients) => {
      const { matrix, tasks, counts } = await gradientAffinity({ ...options, gradients, batches: endless(batchOf()) });
      expect(tasks).toEqual(['left', 'also', 'right']);
      for (const [i, row] of [
        [1, 1, -1],
        [1, 1, -1],
        [-1, -1, 1],
      ].entries())
        for (const [j, expected] of row.entries()) expect(matrix[i]![j]).toBeCloseTo(expected, 6);
      expect(counts.flat()).toEqual(Array(9).fill(1));
    },
  );

  it('is null for tasks that never meet, and counts where they do', async () => {
    const batches = endless(batchOf('right'), batchOf('left', 'also'), batchOf('also', 'right'));
    const { matrix, counts } = await gradientAffinity({ ...options, steps: 3, batches });
    expect(matrix[0]![2]).toBeNull();
    expect(matrix[0]![1]).toBeCloseTo(1, 6);
    expect(counts).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [0, 0, 1],
    ]);
  });
});

describe('lookAheadAffinity', () => {
  it('is how much of its loss each task loses: an example by hand', async () => {
    // at w = b = 0 all losses are 1; the step of left leads to w = b = 0.2, guess 0.4: (0.4 − 1)² = 0.36, (0.4 + 1)² = 1.96
    const { matrix, by } = await lookAheadAffinity({ ...options, batches: endless(batchOf()) });
    expect(by).toBe('look-ahead');
    for (const [i, row] of [
      [0.64, 0.64, -0.96],
      [0.64, 0.64, -0.96],
      [-0.96, -0.96, 0.64],
    ].entries())
      for (const [j, expected] of row.entries()) expect(matrix[i]![j]).toBeCloseTo(expected, 5);
  });

  it('measures every n-th step, with other optimizers, and leaves absent tasks out', async () => {
    const batches = endless(batchOf('right'));
    const seen: number[] = [];
    const { matrix, counts } = await lookAheadAffinity({
      ...options,
      optimizer: adam(),
      steps: 5,
      every: 2,
      batches,
      onStep: (step) => seen.push(step),
    });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(counts[0]).toEqual([3, 3, 0]);
    expect(matrix[0]![1]).toBeGreaterThan(0);
    expect(matrix[2]).toEqual([null, null, null]);
  });

  it('trains between the measurements as if it did not measure', async () => {
    const once = await lookAheadAffinity({ ...options, steps: 4, every: 1, batches: endless(batchOf('right')) });
    // left and also pull together with twice the gradient: the guess goes 0 → 0.8 → 0.96 → 0.992 → …, and a look-ahead from anywhere keeps
    // (1 − 0.4)² = 0.36 of the loss
    expect(once.matrix[0]![0]).toBeCloseTo(0.64, 4);
  });

  it('refuses options out of range', async () => {
    const batches = endless(batchOf());
    await expect(lookAheadAffinity({ ...options, batches, steps: 0 })).rejects.toThrow(RangeError);
    await expect(gradientAffinity({ ...options, batches, learningRate: Number.NaN })).rejects.toThrow('learningRate');
  });
});

describe('representationAffinity', () => {
  it('is 1 for a rotated representation and less for another one', async () => {
    const model = (seed: number) => {
      const made = defineModel({ encoder: dense({ units: 2 }), inputShape: [2], tasks: {} });
      return { model: made as unknown as AnyModel, params: made.init(key(seed)) };
    };
    const weights = (values: number[]) => ({
      ...model(1),
      params: {
        encoder: { weight: hostTensor('float32', [2, 2], values), bias: hostTensor('float32', [2], [3, 0]) },
        heads: {},
      },
    });
    const models = {
      straight: weights([1, 0, 0, 1]),
      rotated: weights([0, 2, -2, 0]),
      flat: weights([1, 0, 0, 0]),
      dead: weights([0, 0, 0, 0]),
    };
    const batches = [{ inputs: hostTensor('float32', [5, 2], [1, 1, -1, 1, -1, -1, 1, -1, 9, 9]), size: 4 }];
    const { matrix, by } = await representationAffinity({ models, batches, device, key: key(1) });
    expect(by).toBe('linear CKA');
    expect(matrix[0]![1]).toBeCloseTo(1, 9);
    expect(matrix[0]![2]).toBeCloseTo(Math.SQRT1_2, 9); // ‖XᵀY‖² / (‖XᵀX‖ ‖YᵀY‖) = 16 / (√32 · 4)
    expect(matrix[0]![3]).toBeNull();
  });
});
