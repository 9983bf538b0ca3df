import { key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { needsNow } from '../needs-now.ts';
import { describeBalancerLaws } from '../testing/balancer-laws.ts';
import { inverseNorm } from '../testing/inverse-norm.fixture.ts';
import { equal } from '../weighting/equal.ts';
import { uncertainty } from '../weighting/uncertainty.ts';
import { every } from './every.ts';
import { smoothed } from './smoothed.ts';

describeBalancerLaws(() => smoothed(0.9, uncertainty({ learningRate: 0.1 })), {
  taskState: ({ inner, average }, task) => [inner[task], average[task]],
});
describeBalancerLaws(() => smoothed(0.5, every(2, inverseNorm())));

describe('smoothed', () => {
  test('weights are averaged from the first on, over the steps of the task: 1, then ½·1 + ½·⅛', () => {
    const balancer = smoothed(0.5, inverseNorm());
    const steps = [
      { present: [true, true], norms: [1, 4] },
      { present: [false, true], norms: [0, 4] },
      { present: [true, true], norms: [64, 4] },
    ];

    let state = balancer.init(2);
    const weights = steps.map(({ present, norms }, step) => {
      const gramian = norms.map((norm, i) => norms.map((_, j) => (i === j ? norm : 0)));
      const turn = balancer.weigh({ losses: [], present, gramian, step, epoch: 0 }, state, key(0));
      state = turn.state;
      return turn.weights;
    });

    expect(weights).toEqual([
      [1, 0.5],
      [0, 0.5],
      [0.5625, 0.5],
    ]);
  });

  test('it needs what the inner balancer needs', () => {
    const balancer = smoothed(0.5, every(2, inverseNorm()));
    expect(needsNow(balancer, balancer.init(1), [true])).toBe('gramian');
    expect(smoothed(0.5, equal()).knownBefore).toBe(true);
    expect(smoothed(0.5, equal()).observe).toBeUndefined();
    expect(smoothed(0.5, inverseNorm()).knownBefore).toBe(false);
  });

  test('beta is at least 0 and below 1', () => {
    expect(() => smoothed(1, equal())).toThrow('expected 0 ≤ beta < 1. Found 1.');
    expect(() => smoothed(-0.1, equal())).toThrow('Found -0.1.');
  });
});
