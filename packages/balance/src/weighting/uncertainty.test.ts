import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeBalancerLaws } from '../testing/balancer-laws.ts';
import golden from './uncertainty.golden.json' with { type: 'json' };
import { type LossKind, uncertainty } from './uncertainty.ts';

const here = (...present: boolean[]) => ({ losses: [], present, step: 0, epoch: 0 });

describeBalancerLaws(() => uncertainty({ learningRate: 0.1 }), { taskState: (state, task) => state[task] });
describe('with a kind for each task', () => {
  describeBalancerLaws(
    (tasks) =>
      uncertainty({ kinds: tasks.map((task) => (task % 2 === 0 ? 'classification' : 'regression')), bound: 0.05 }),
    { taskState: (state, task) => state[task] },
  );
});

test.each(golden.cases)(`follows $kinds at $learningRate as ${golden.generator} computes it`, (example) => {
  const { learningRate, initial, steps, logVariances } = example;
  const balancer = uncertainty({ kinds: example.kinds as LossKind[], learningRate, initial });

  let state = balancer.init(example.kinds.length);
  for (const { losses, present, weights } of steps) {
    const weighed = balancer.weigh(here(...present), state, key(0));
    weighed.weights.forEach((weight, task) => {
      expect(weight).toBeCloseTo(weights[task]!, 12);
    });
    state = balancer.observe!(losses, weighed.state, present);
  }

  state.forEach(({ logVariance }, task) => {
    expect(logVariance).toBeCloseTo(logVariances[task]!, 12);
  });
});

test('the first weights are ½ for a squared error and 1 for a cross-entropy', () => {
  const balancer = uncertainty({ kinds: ['regression', 'classification'] });

  expect(balancer.weigh(here(true, true), balancer.init(2), key(0)).weights).toEqual([0.5, 1]);
});

test('the first step of Adam is one learning rate long, towards a smaller weight where 2wL > 1', () => {
  const balancer = uncertainty({ learningRate: 0.25 });

  const [loud, quiet] = balancer.observe!([4, 0.5], balancer.init(2), [true, true]);

  expect(loud!.logVariance).toBeCloseTo(0.25, 7);
  expect(quiet!.logVariance).toBeCloseTo(-0.25, 7);
});

test('with constant losses every weight comes to 1/(2L), for both kinds', () => {
  for (const kinds of ['regression', 'classification'] as const) {
    const balancer = uncertainty({ kinds, learningRate: 0.05 });
    const losses = [0.2, 1, 5];

    let state = balancer.init(3);
    for (let step = 0; step < 3000; step++) state = balancer.observe!(losses, state, [true, true, true]);

    const { weights } = balancer.weigh(here(true, true, true), state, key(0));
    losses.forEach((loss, task) => {
      expect(weights[task]! * 2 * loss).toBeCloseTo(1, 6);
    });
  }
});

test('the gradient is that of the total, by central differences', () => {
  const total = (s: number, loss: number) => 0.5 * Math.exp(-s) * loss + s / 2;
  const finite = { min: -3, max: 3, noNaN: true };
  fc.assert(
    fc.property(fc.double(finite), fc.double({ min: 0.01, max: 10, noNaN: true }), (s, loss) => {
      const slope = (total(s + 1e-5, loss) - total(s - 1e-5, loss)) / 2e-5;
      const balancer = uncertainty({ initial: s });

      const [task] = balancer.observe!([loss], balancer.init(1), [true]);

      // The first moment after one step is a tenth of the gradient.
      expect(task!.firstMoment * 10).toBeCloseTo(slope, 5);
    }),
    { seed: 1 },
  );
});

test('a loss of 0 drives the log-variance to its bound, and the status says so', () => {
  const balancer = uncertainty({ learningRate: 1, bound: 3 });

  let state = balancer.init(2);
  for (let step = 0; step < 10; step++) state = balancer.observe!([0, 1], state, [true, true]);

  const { weights, status } = balancer.weigh(here(true, true), state, key(0));
  expect(weights[0]).toBeCloseTo(0.5 * Math.exp(3), 12);
  expect(status).toEqual({ kind: 'degenerate', reason: 'the log-variance of task 0 is at its bound' });
  expect(balancer.weigh(here(false, true), state, key(0)).status).toEqual({ kind: 'ok' });
});

test('a loss that is not finite leaves its task as it was and moves the others', () => {
  const balancer = uncertainty();
  const state = balancer.init(3);

  const next = balancer.observe!([Number.NaN, Number.POSITIVE_INFINITY, 2], state, [true, true, true]);

  expect(next.slice(0, 2)).toEqual(state.slice(0, 2));
  expect(next[2]!.updates).toBe(1);
});

test('impossible options are refused', () => {
  expect(() => uncertainty({ learningRate: 0 })).toThrow('expected learningRate > 0. Found 0.');
  expect(() => uncertainty({ bound: -1 })).toThrow('expected bound > 0. Found -1.');
  expect(() => uncertainty({ initial: 11 })).toThrow('expected |initial| ≤ 10. Found 11.');
  // @ts-expect-error a kind that does not exist
  expect(() => uncertainty({ kinds: 'ranking' })).toThrow('Found "ranking".');
  expect(() => uncertainty({ kinds: ['regression'] }).init(2)).toThrow('expected kinds for 2 tasks. Found 1.');
});
