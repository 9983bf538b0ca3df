import { key } from '@polytask/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equal } from '../weighting/equal.ts';
import { arbitrarySteps } from './arbitrary-steps.ts';
import { describeBalancerLaws } from './balancer-laws.ts';
import { take } from './follow.ts';
import { inverseNorm } from './inverse-norm.fixture.ts';

describeBalancerLaws(() => inverseNorm());

const [step] = fc.sample(arbitrarySteps(3), { numRuns: 1, seed: 1 })[0]!;

test('a balancer that changes what it is given fails the laws', () => {
  const careless = {
    ...equal(),
    weigh({ present }: { present: readonly boolean[] }, state: { taskCount: number }) {
      state.taskCount += 1;
      return { weights: present.map(() => 1), state, status: { kind: 'ok' } as const };
    },
  };

  expect(() => take(careless, step!, careless.init(3), key(0))).toThrow(TypeError);
});

test('a balancer that says its weights are known before gets no losses to read', () => {
  let given: readonly number[] | undefined;
  const balancer = equal();
  const curious = {
    ...balancer,
    weigh(...[statistics, state, source]: Parameters<typeof balancer.weigh>) {
      given = statistics.losses;
      return balancer.weigh(statistics, state, source);
    },
  };

  take(curious, step!, curious.init(3), key(0));

  expect(given).toEqual([]);
});
