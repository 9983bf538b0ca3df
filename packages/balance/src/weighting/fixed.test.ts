import { key } from '@polytask/base';
import { expect, test } from 'vitest';
import { describeBalancerLaws } from '../testing/balancer-laws.ts';
import { fixed } from './fixed.ts';

describeBalancerLaws((tasks) => fixed({ weights: tasks.map((task) => 0.5 + task) }));

test('weights stand in task order and are not normalised', () => {
  const balancer = fixed({ weights: [2, 0, 0.25] });

  const { weights } = balancer.weigh(
    { losses: [], present: [true, true, true], step: 0, epoch: 0 },
    balancer.init(3),
    key(0),
  );

  expect(weights).toEqual([2, 0, 0.25]);
});

test('the weights given may change afterwards without effect', () => {
  const given = [1, 2];
  const balancer = fixed({ weights: given });

  given[0] = 9;

  const step = { losses: [], present: [true, true], step: 0, epoch: 0 };
  expect(balancer.weigh(step, balancer.init(2), key(0)).weights).toEqual([1, 2]);
});

test('negative, infinite, only zero and too few weights are refused', () => {
  expect(() => fixed({ weights: [1, -1] })).toThrow('Found -1.');
  expect(() => fixed({ weights: [Number.POSITIVE_INFINITY] })).toThrow('Found Infinity.');
  expect(() => fixed({ weights: [0, 0] })).toThrow('expected at least one positive weight');
  expect(() => fixed({ weights: [1] }).init(2)).toThrow('expected weights for 2 tasks. Found 1.');
});
