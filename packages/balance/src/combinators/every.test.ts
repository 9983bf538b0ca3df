import { key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { needsNow } from '../needs-now.ts';
import { describeBalancerLaws } from '../testing/balancer-laws.ts';
import { inverseNorm } from '../testing/inverse-norm.fixture.ts';
import { fixed } from '../weighting/fixed.ts';
import { uncertainty } from '../weighting/uncertainty.ts';
import { every } from './every.ts';

describeBalancerLaws(() => every(3, uncertainty({ learningRate: 0.1 })), {
  taskState: ({ inner, held }, task) => [inner[task], held[task]],
});
describeBalancerLaws(() => every(2, inverseNorm()), { taskState: ({ held }, task) => held[task] });
describeBalancerLaws((tasks) => every(1, fixed({ weights: tasks.map((task) => task + 1) })));

const gramian = (first: number, second: number) => [
  [first, 0],
  [0, second],
];
const both = [true, true];

describe('every', () => {
  test('the weights stand between turns, and nothing is measured then', () => {
    const balancer = every(3, inverseNorm());
    const norms = [1, 4, 16, 64, 256];

    let state = balancer.init(2);
    const seen = norms.map((norm, step) => {
      const needs = needsNow(balancer, state, both);
      const statistics = { losses: [], present: both, step, epoch: 0 };
      const turn = balancer.weigh(
        needs === 'gramian' ? { ...statistics, gramian: gramian(norm, 1) } : statistics,
        state,
        key(0),
      );
      state = turn.state;
      return [needs, ...turn.weights];
    });

    expect(seen).toEqual([
      ['gramian', 1, 1],
      ['nothing', 1, 1],
      ['nothing', 1, 1],
      ['gramian', 0.125, 1],
      ['nothing', 0.125, 1],
    ]);
    expect(state.inner.calls).toBe(2);
  });

  test('a task that was never weighed brings the turn forward', () => {
    const balancer = every(10, inverseNorm());
    const first = balancer.weigh(
      { losses: [], present: [true, false], gramian: gramian(4, 0), step: 0, epoch: 0 },
      balancer.init(2),
      key(0),
    );

    expect(needsNow(balancer, first.state, [true, false])).toBe('nothing');
    expect(needsNow(balancer, first.state, both)).toBe('gramian');

    const second = balancer.weigh(
      { losses: [], present: both, gramian: gramian(16, 1), step: 1, epoch: 0 },
      first.state,
      key(0),
    );
    expect(second.weights).toEqual([0.25, 1]);
  });

  test('observe reaches the inner balancer at its turns only', () => {
    const balancer = every(2, uncertainty({ learningRate: 0.5 }));

    let state = balancer.init(1);
    const updates = [0, 1, 2, 3].map((step) => {
      state = balancer.weigh({ losses: [], present: [true], step, epoch: 0 }, state, key(0)).state;
      state = balancer.observe!([2], state, [true]);
      return state.inner[0]!.updates;
    });

    expect(updates).toEqual([1, 1, 2, 2]);
  });

  test('weights that were a stand-in at their turn still are while they stand', () => {
    const balancer = every(2, inverseNorm());
    const step = { losses: [], present: both, step: 0, epoch: 0 };

    const turn = balancer.weigh({ ...step, gramian: gramian(4, 0) }, balancer.init(2), key(0));
    const held = balancer.weigh({ ...step, step: 1 }, turn.state, key(0));

    expect(held.status).toEqual({ kind: 'degenerate', reason: 'a gradient is zero' });
    expect(balancer.weigh({ ...step, gramian: gramian(4, 1) }, held.state, key(0)).status).toEqual({ kind: 'ok' });
  });

  test('n is a positive integer', () => {
    expect(() => every(0, inverseNorm())).toThrow('expected a positive integer n. Found 0.');
    expect(() => every(1.5, inverseNorm())).toThrow('Found 1.5.');
  });
});
