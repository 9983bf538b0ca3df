import { key } from '@polytask/base';
import { expect, test } from 'vitest';
import { describeBalancerLaws } from '../testing/balancer-laws.ts';
import { equal } from './equal.ts';

describeBalancerLaws(() => equal());

test('every present task weighs 1, whatever the company', () => {
  const balancer = equal();

  const { weights, status } = balancer.weigh(
    { losses: [], present: [true, false, true], step: 0, epoch: 0 },
    balancer.init(3),
    key(0),
  );

  expect(weights).toEqual([1, 0, 1]);
  expect(status).toEqual({ kind: 'ok' });
});

test('another number of tasks than at the start is refused', () => {
  const balancer = equal();
  const step = { losses: [], present: [true, true], step: 0, epoch: 0 };

  expect(() => balancer.weigh(step, balancer.init(3), key(0))).toThrow('expected present for 3 tasks. Found 2.');
  expect(() => balancer.init(0)).toThrow('expected a positive number of tasks. Found 0.');
});
