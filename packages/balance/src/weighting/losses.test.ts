import { fold, key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mgda } from '../aggregation/mgda.ts';
import { pcgrad } from '../aggregation/pcgrad.ts';
import type { Balancer } from '../balancer.ts';
import { every } from '../combinators/every.ts';
import { logTransformed } from '../combinators/log-transformed.ts';
import { normalised } from '../combinators/normalised.ts';
import { smoothed } from '../combinators/smoothed.ts';
import { dirichlet } from '../dirichlet.ts';
import { aggregate } from '../testing/jacobian.ts';
import { consistency } from './consistency.ts';
import { cosmos } from './cosmos.ts';
import { dtp } from './dtp.ts';
import { dwa } from './dwa.ts';
import { famo } from './famo.ts';
import { gls } from './gls.ts';
import { imtlL } from './imtl-l.ts';
import { mean } from './mean.ts';
import { pbi } from './pbi.ts';
import { prior } from './prior.ts';
import { rlw } from './rlw.ts';
import { scaleInvariant } from './scale-invariant.ts';
import { stch } from './stch.ts';
import { tchebycheff } from './tchebycheff.ts';
import { uncertainty } from './uncertainty.ts';
import { worst } from './worst.ts';

function weigh<State>(balancer: Balancer<State>, losses: readonly number[], source = key(0)) {
  const present = losses.map(() => true);
  return balancer.weigh({ losses, present, step: 0, epoch: 0 }, balancer.init(losses.length), source);
}

/** The weights of a total are its gradient, by central differences. */
function expectGradient<State>(balancer: Balancer<State>, total: (losses: readonly number[]) => number) {
  const loss = fc.integer({ min: 5, max: 500 }).map((value) => value / 100);
  fc.assert(
    fc.property(fc.array(loss, { minLength: 1, maxLength: 5 }), (losses) => {
      weigh(balancer, losses).weights.forEach((weight, task) => {
        const moved = (by: number) => total(losses.map((value, i) => (i === task ? value + by : value)));
        const slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        expect(Math.abs(weight - slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(slope)));
      });
    }),
    { seed: 1 },
  );
}

describe('totals and their weights', () => {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  test('gls: the geometric mean', () => {
    expectGradient(gls(), (losses) => Math.exp(sum(losses.map(Math.log)) / losses.length));
    expect(weigh(gls(), [4, 1]).weights).toEqual([expect.closeTo(0.25, 12), expect.closeTo(1, 12)]);
  });

  test('gls neither overflows nor vanishes with a thousand tasks', () => {
    for (const loss of [1e-9, 1e9]) {
      const { weights } = weigh(gls(), new Array<number>(1000).fill(loss));
      expect(weights[0]).toBeCloseTo(1e-3, 12);
    }
  });

  test('scaleInvariant: the sum of logarithms', () => {
    expectGradient(scaleInvariant(), (losses) => sum(losses.map(Math.log)));
  });

  test('stch: the smooth maximum', () => {
    expectGradient(
      stch({ mu: 0.3 }),
      (losses) => 0.3 * Math.log(sum(losses.map((loss) => Math.exp(loss / losses.length / 0.3)))),
    );
  });

  test('stch goes to the maximum for μ → 0, to the weighted mean for μ → ∞, and does not overflow', () => {
    expect(weigh(stch({ mu: 1e-6 }), [1, 3, 2]).weights).toEqual([0, 1 / 3, 0]);
    expect(weigh(stch({ mu: 1e9 }), [1, 3, 2]).weights).toEqual([1, 1, 1].map(() => expect.closeTo(1 / 9, 6)));
    expect(weigh(stch(), [1e8, 1]).weights).toEqual([0.5, 0]);
  });

  test('tchebycheff: the worst preferred distance, shared by equals', () => {
    expect(weigh(tchebycheff({ preference: [1, 3], ideal: [0, 1] }), [2.5, 2]).weights).toEqual([0, 3]);
    expect(weigh(tchebycheff({ preference: [1, 2], inverse: true }), [2, 3]).weights).toEqual([1, 0]);
    expect(weigh(tchebycheff(), [2, 2]).weights).toEqual([0.25, 0.25]);
  });

  test('worst: the mean of the k largest', () => {
    expect(weigh(worst(), [1, 5, 3]).weights).toEqual([0, 1, 0]);
    expect(weigh(worst({ count: 2 }), [1, 5, 3]).weights).toEqual([0, 0.5, 0.5]);
    expect(weigh(worst({ count: 2 }), [3, 5, 3]).weights).toEqual([0.25, 0.5, 0.25]);
    expect(weigh(worst({ count: 9 }), [3, 5]).weights).toEqual([0.5, 0.5]);
  });

  test('pbi: along the ray and away from it', () => {
    expectGradient(pbi({ theta: 2 }), (losses) => {
      const along = sum(losses) / Math.sqrt(losses.length);
      return along + 2 * Math.sqrt(Math.max(0, sum(losses.map((loss) => loss * loss)) - along * along));
    });
    expect(weigh(pbi(), [2, 2]).weights).toEqual(
      [Math.SQRT1_2, Math.SQRT1_2].map((value) => expect.closeTo(value, 12)),
    );
  });

  test('cosmos: the sum with a reward for the proportion', () => {
    const total = (losses: readonly number[]) =>
      sum(losses) / losses.length - (0.7 * sum(losses)) / Math.sqrt(losses.length) / Math.hypot(...losses);
    const balancer = (count: number) => cosmos({ lambda: 0.7, preference: new Array<number>(count).fill(1 / count) });
    const any = { ...balancer(1), init: (taskCount: number) => ({ taskCount }) };
    expectGradient(
      { ...any, weigh: (step, state, source) => balancer(state.taskCount).weigh(step, state, source) },
      total,
    );
  });

  test('cosmos draws r from the key of the step, as dirichlet does', () => {
    const r = dirichlet(key(3), 4);
    expect(weigh(cosmos({ lambda: 0 }), [1, 2, 3, 4], key(3)).weights).toEqual(r);
    expect(sum(r)).toBeCloseTo(1, 12);
  });

  test('consistency: the sum and half the squared differences', () => {
    expectGradient(
      consistency({ strength: 0.01 }),
      (losses) =>
        sum(losses) + 0.005 * sum(losses.flatMap((left, i) => losses.slice(i + 1).map((right) => (left - right) ** 2))),
    );
    expect(weigh(consistency({ strength: 1, pairs: [[0, 1]] }), [5, 1, 100]).weights).toEqual([5, 0, 1]);
  });
});

describe('losses that are not what a method can use', () => {
  test.each([
    ['gls', gls(), [0, 0.5]],
    ['scaleInvariant', scaleInvariant(), [0, 1]],
    ['famo', famo({ lowerBounds: [2, 0] }), [0, 1]],
    ['logTransformed', logTransformed(mean()), [0, 1]],
  ] as [string, Balancer<unknown>, number[]][])('%s leaves them out and says so', (_, balancer, expected) => {
    const { weights, status } = weigh(balancer, [-1, 1]);
    expect(weights[0]).toBe(0);
    expect(weights[1]).toBeGreaterThan(0);
    if (expected[1] === 1) expect(weights[1]).toBeCloseTo(1, 12);
    expect(status.kind).toBe('degenerate');
  });

  test.each([gls(), scaleInvariant(), stch(), tchebycheff(), worst(), pbi(), cosmos(), consistency(), famo()])(
    'a loss that is not finite is an error that names its task: $name',
    (balancer) => {
      expect(() => weigh(balancer as Balancer<unknown>, [1, Number.NaN])).toThrow(
        'E4005 Expected a finite loss of task 1. Found NaN.',
      );
    },
  );
});

describe('dtp', () => {
  const weights = (state: ReturnType<ReturnType<typeof dtp>['init']>, balancer = dtp()) =>
    balancer.weigh({ losses: [], present: state.scores.map(() => true), step: 0, epoch: 0 }, state, key(0)).weights;

  test('all weigh 1 until an evaluation; then as the formula says, with mean 1', () => {
    const balancer = dtp();
    const first = balancer.init(3);
    expect(weights(first)).toEqual([1, 1, 1]);
    const urgency = (score: number) => -(1 - score) * Math.log(score);
    const mean = (urgency(0.5) + urgency(0.9)) / 2;
    const after = balancer.judged!([0.5, 0.9, null], first);
    expect(weights(after)[0]).toBeCloseTo(urgency(0.5) / mean, 12);
    expect(weights(after)[1]).toBeCloseTo(urgency(0.9) / mean, 12);
    expect(weights(after)[2]).toBe(1); // no score yet
  });

  test('scores are averaged over evaluations, and never leave a weight without end', () => {
    const balancer = dtp({ smoothing: 0.25, focus: 0 });
    const state = [[0.4, 0], [0.8, 1]].reduce((before, scores) => balancer.judged!(scores, before), balancer.init(2)); // biome-ignore format: evaluations
    expect(state.scores).toEqual([0.25 * 0.8 + 0.75 * 0.4, 0.25]);
    expect(weights(balancer.judged!([0, 1], balancer.init(2)), balancer).every(Number.isFinite)).toBe(true);
    expect(() => balancer.judged!([1.5, 0], state)).toThrow('expected scores within 0 and 1. Found 1.5 of task 0.');
  });

  test('combined with others it still hears of evaluations', () => {
    for (const wrapped of [every(2, dtp()), smoothed(0, dtp()), normalised(dtp())]) {
      let state = wrapped.judged!([0.2, 0.9], wrapped.init(2) as never);
      const told = wrapped.weigh({ losses: [], present: [true, true], step: 0, epoch: 0 }, state as never, key(0));
      expect(told.weights[0]).toBeGreaterThan(told.weights[1]!);
      state = told.state as never;
      expect(wrapped.judged!([0.2, 0.9], state)).toBeDefined();
    }
    const logs = logTransformed(dtp());
    const told = logs.weigh(
      { losses: [2, 2], present: [true, true], step: 0, epoch: 0 },
      logs.judged!([0.2, 0.9], logs.init(2)),
      key(0),
    );
    expect(told.weights[0]).toBeGreaterThan(told.weights[1]!);
  });
});

describe('dwa', () => {
  const run = (balancer: ReturnType<typeof dwa>, losses: readonly (readonly number[])[]) => {
    let state = balancer.init(2);
    return losses.map((row, step) => {
      const present = row.map((loss) => !Number.isNaN(loss));
      const turn = balancer.weigh({ losses: [], present, step, epoch: step }, state, key(0));
      state = balancer.observe!(row, turn.state, present);
      return turn.weights;
    });
  };

  test('the weights are 1 for two epochs, then K softmax of the ratios over T', () => {
    const [first, second, third] = run(dwa({ temperature: 2 }), [
      [4, 1],
      [2, 1],
      [1, 1],
    ]);
    const [slow, fast] = [Math.exp(1 / 2), Math.exp(0.5 / 2)];
    expect([first, second]).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(third).toEqual([
      expect.closeTo((2 * fast) / (slow + fast), 12),
      expect.closeTo((2 * slow) / (slow + fast), 12),
    ]);
  });

  test('equal ratios give equal weights', () => {
    expect(run(dwa(), [[8, 2], [4, 1], [2, 0.5], [1, 1]]).at(-1)).toEqual([1, 1]); // biome-ignore format: epochs
  });

  test('with a window, periods are steps', () => {
    const weights = run(dwa({ window: 2 }), [[4, 1], [4, 1], [2, 1], [2, 1], [1, 1]]); // biome-ignore format: steps
    expect(weights[3]).toEqual([1, 1]);
    expect(weights[4]![0]).toBeLessThan(weights[4]![1]!);
  });
});

describe('famo', () => {
  test('the first weights are those of the sum of logarithms, at Σ w = 1', () => {
    const { weights } = weigh(famo(), [4, 1]);
    expect(weights[0]).toBeCloseTo(0.2, 7);
    expect(weights[1]).toBeCloseTo(0.8, 7);
  });

  test('the logit of a task that fell faster goes down, that of a slower one up, by one learning rate', () => {
    const balancer = famo({ learningRate: 0.1, decay: 0 });
    const { state } = weigh(balancer, [4, 4]);
    const [fast, slow] = balancer.observe!([1, 3.9], state, [true, true]);
    expect(fast!.logit).toBeCloseTo(-0.1, 5);
    expect(slow!.logit).toBeCloseTo(0.1, 5);
    expect(fast!.before).toBeNull();
  });

  test('decay draws the logits back to equal weights', () => {
    const balancer = famo({ decay: 1 });
    let state = balancer.init(2).map((task, index) => ({ ...task, logit: index }));
    for (let step = 0; step < 200; step++) {
      const present = [true, true];
      const turn = balancer.weigh({ losses: [1, 1], present, step, epoch: 0 }, state, key(0));
      state = balancer.observe!([1, 1], turn.state, present) as typeof state;
    }
    expect(Math.abs(state[1]!.logit - state[0]!.logit)).toBeLessThan(0.2);
  });
});

describe('imtlL', () => {
  test('is twice uncertainty at −s, step by step', () => {
    const [left, right] = [imtlL({ learningRate: 0.05 }), uncertainty({ learningRate: 0.05 })];
    let [a, b] = [left.init(2), right.init(2)];
    for (let step = 0; step < 50; step++) {
      const losses = [0.3 + Math.sin(step) ** 2, 4];
      a = left.observe!(losses, a, [true, true]);
      b = right.observe!(losses, b, [true, true]);
    }
    a.forEach(({ logScale }, task) => {
      expect(logScale).toBeCloseTo(-b[task]!.logVariance, 6);
    });
  });

  test('with constant losses every weighted loss comes to 1', () => {
    const balancer = imtlL({ learningRate: 0.05 });
    let state = balancer.init(2);
    for (let step = 0; step < 3000; step++) state = balancer.observe!([0.2, 5], state, [true, true]);
    expect(state.map(({ logScale }, task) => Math.exp(logScale) * [0.2, 5][task]!)).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(1, 6),
    ]);
  });
});

describe('weights that no loss changes', () => {
  test('mean: over the tasks present', () => {
    const step = { losses: [], present: [true, false, true, true], step: 0, epoch: 0 };
    expect(mean().weigh(step, { taskCount: 4 }, key(0)).weights).toEqual([1 / 3, 0, 1 / 3, 1 / 3]);
  });

  test('prior: importance, data size and cost, at Σ w = K', () => {
    expect(weigh(prior({ sizes: [100, 300] }), [1, 1]).weights).toEqual(
      [0.5, 1.5].map((value) => expect.closeTo(value)),
    );
    expect(weigh(prior({ costs: [1, 3] }), [1, 1]).weights).toEqual([1.5, 0.5].map((value) => expect.closeTo(value)));
    const both = prior({ importance: [1, 2], sizes: [100, 400], sizePower: -0.5 });
    expect(weigh(both, [1, 1]).weights).toEqual([1, 1].map((value) => expect.closeTo(value)));
    expect(() => prior({})).toThrow('expected importance, sizes or costs. Found none.');
    expect(() => prior({ sizes: [0, 1] })).toThrow('expected sizes > 0. Found 0.');
  });

  test('rlw: a new softmax of normal numbers for each key, 1/K on average', () => {
    const draws = Array.from({ length: 2000 }, (_, seed) => weigh(rlw(), [1, 1, 1], fold(key(1), seed)).weights);
    const average = draws.reduce((total, [first]) => total + first!, 0) / draws.length;
    expect(average).toBeCloseTo(1 / 3, 1);
    expect(new Set(draws.map(String)).size).toBe(2000);
  });

  test('dirichlet: means 1/K, and variances that fall with the concentration', () => {
    for (const concentration of [0.2, 1, 5]) {
      const draws = Array.from({ length: 4000 }, (_, i) => dirichlet(fold(key(2), i), 3, concentration)[0]!);
      const average = draws.reduce((total, value) => total + value, 0) / draws.length;
      const variance = draws.reduce((total, value) => total + (value - average) ** 2, 0) / draws.length;
      expect(average).toBeCloseTo(1 / 3, 1);
      expect(variance / (2 / 9 / (3 * concentration + 1))).toBeCloseTo(1, 0);
    }
  });
});

describe('combinators', () => {
  const jacobian = [
    [2, 0],
    [0, 6],
  ];

  test('logTransformed works on gₖ/Lₖ: equal relative gradients weigh 1/(2L)', () => {
    const { weights } = aggregate(logTransformed(mgda()), jacobian, { losses: [1, 3] });
    expect(weights).toEqual([expect.closeTo(0.5, 12), expect.closeTo(1 / 6, 12)]);
  });

  test('logTransformed(mean) is the sum of logarithms over K, and a method that learns goes on learning', () => {
    expect(weigh(logTransformed(mean()), [2, 4]).weights).toEqual([0.25, 0.125]);
    const { state } = weigh(logTransformed(uncertainty()), [2, 4]);
    expect(state.map(({ updates }) => updates)).toEqual([1, 1]);
    expect(weigh(logTransformed(famo({ lowerBounds: [-9, -9] })), [2, 4]).state[0]!.before).toBeCloseTo(
      Math.log(9 + Math.log(2)),
      6,
    );
  });

  test('normalised weights add up to the number of tasks present', () => {
    expect(weigh(normalised(scaleInvariant()), [1, 3]).weights).toEqual([expect.closeTo(1.5), expect.closeTo(0.5)]);
    expect(aggregate(normalised(pcgrad()), jacobian).weights).toEqual([1, 1]);
  });

  test('what the solver tells comes through', () => {
    const found = aggregate(smoothed(0.5, normalised(mgda())), jacobian);
    expect(found.iterations).toBeGreaterThan(0);
    expect(found.residual).toBeLessThan(1e-12);
  });
});
