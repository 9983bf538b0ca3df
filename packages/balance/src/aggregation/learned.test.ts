import { key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../testing/jacobian.ts';
import { gradnorm } from './gradnorm.ts';
import { krum } from './krum.ts';
import { metabalance } from './metabalance.ts';
import { mgda } from './mgda.ts';

const orthogonal = (...lengths: number[]) => lengths.map((length, i) => lengths.map((_, j) => (i === j ? length : 0)));

describe('gradnorm', () => {
  test('the first weights are 1, and the first step of Adam is one learning rate long, away from the larger norm', () => {
    const balancer = gradnorm({ learningRate: 0.1 });

    const first = aggregate(balancer, orthogonal(4, 1));

    expect(first.weights).toEqual([1, 1]);
    expect(first.state.map(({ logit }) => logit)).toEqual([expect.closeTo(-0.1, 6), expect.closeTo(0.1, 6)]);
  });

  test('with equal rates the weighted norms become equal, and the weights keep their sum', () => {
    const balancer = gradnorm({ learningRate: 0.01 });

    let turn = aggregate(balancer, orthogonal(8, 2, 1));
    for (let step = 0; step < 2000; step++) turn = aggregate(balancer, orthogonal(8, 2, 1), { state: turn.state });

    const lengths = turn.weights.map((weight, i) => weight * [8, 2, 1][i]!);
    for (const length of lengths) expect(length / lengths[0]!).toBeCloseTo(1, 1);
    expect(turn.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(3, 12);
  });

  test('a task that learns slowly gets the larger gradient', () => {
    const balancer = gradnorm({ alpha: 1 });

    let turn = aggregate(balancer, orthogonal(1, 1), { losses: [1, 1] });
    for (let step = 0; step < 100; step++)
      turn = aggregate(balancer, orthogonal(1, 1), { state: turn.state, losses: [0.9, 0.1] });

    expect(turn.weights[0]).toBeGreaterThan(1.2);
  });

  test('a loss that is not positive is told, and its first value is not kept', () => {
    const { status, state } = aggregate(gradnorm(), orthogonal(1, 1), { losses: [0, 1] });

    expect(status).toEqual({ kind: 'degenerate', reason: 'the loss of task 0 is not positive' });
    expect(state.map(({ initialLoss }) => initialLoss)).toEqual([null, 1]);
  });
});

describe('metabalance', () => {
  test('wₖ = r m_target/mₖ + 1 − r, of averages without a bias of their start', () => {
    const balancer = metabalance({ relax: 0.5, beta: 0.5 });

    const first = aggregate(balancer, orthogonal(2, 4, 1));
    expect(first.weights).toEqual([1, 0.75, 1.5]);

    // Of 2 and 4 with β = ½ the averages are (½ · 2 + 1 · 4)/(3/2) = 10/3, and 4 and 1 stay.
    const second = aggregate(balancer, orthogonal(4, 4, 1), { state: first.state });
    expect(second.weights).toEqual([1, expect.closeTo(0.5 * (10 / 12) + 0.5), expect.closeTo(0.5 * (10 / 3) + 0.5)]);
  });

  test('only larger or only smaller gradients are changed when asked', () => {
    expect(aggregate(metabalance({ relax: 1, change: 'larger' }), orthogonal(2, 4, 1)).weights).toEqual([1, 0.5, 1]);
    expect(aggregate(metabalance({ relax: 1, change: 'smaller' }), orthogonal(2, 4, 1)).weights).toEqual([1, 1, 2]);
  });

  test('another target, none yet, and none at all', () => {
    expect(aggregate(metabalance({ target: 1, relax: 1 }), orthogonal(2, 4)).weights).toEqual([2, 1]);
    const step = { losses: [], present: [false, true], gramian: [[0, 0], [0, 1]], step: 0, epoch: 0 }; // biome-ignore format: a Gramian
    const { status } = metabalance().weigh(step, metabalance().init(2), key(0));
    expect(status).toEqual({ kind: 'degenerate', reason: 'the target, task 0, has no gradient yet' });
    expect(() => metabalance({ target: 2 }).init(2)).toThrow('expected target < 2. Found 2.');
  });
});

describe('krum', () => {
  test('an outlier has no vote', () => {
    const jacobian = [
      [1, 0],
      [1.1, 0.1],
      [0.9, 0.05],
      [-50, 80],
      [1, 0.1],
    ];
    const { weights, status } = aggregate(krum({ byzantine: 1, selected: 3 }), jacobian);

    expect(weights.filter((weight) => weight > 0)).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(weights[3]).toBe(0);
    expect(status.kind).toBe('ok');
  });

  test('too few tasks are told', () => {
    expect(aggregate(krum(), orthogonal(1, 1, 1)).status).toEqual({
      kind: 'degenerate',
      reason: 'expected 4 tasks present. Found 3',
    });
  });
});

test('mgda may look at gradients without their norms, or their losses', () => {
  expect(aggregate(mgda({ normalise: 'l2' }), orthogonal(4, 1)).weights).toEqual([
    expect.closeTo(0.5),
    expect.closeTo(0.5),
  ]);
  const { weights } = aggregate(mgda({ normalise: 'loss' }), orthogonal(1, 1), { losses: [1, 2] });
  expect(weights).toEqual([expect.closeTo(0.2), expect.closeTo(0.8)]);
});
