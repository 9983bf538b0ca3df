import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balancer } from '../balancer.ts';
import { arbitraryRun, reordered, type Step } from './arbitrary-steps.ts';
import { follow } from './follow.ts';

export type BalancerLawOptions<State> = {
  /** The part of the state that is one task's own: checked to rest while the task is absent. */
  readonly taskState?: (state: State, task: number) => unknown;
  /** Whether the method may give negative weights. */
  readonly negativeWeights?: boolean;
  /** Whether the order of the tasks changes nothing; false for methods that draw an order. */
  readonly permutable?: boolean;
  /**
   * What of reordered tasks has to be the same: the weights, or the direction Σ wₖ gₖ only, for methods whose weights are not unique where
   * gradients are dependent.
   */
  readonly compare?: 'weights' | 'direction';
  /** How far they may be apart: weights relative to the larger of 1 and their size, directions to Σ |wₖ| ‖gₖ‖. */
  readonly tolerance?: number;
  readonly runs?: number;
  readonly seed?: number;
};

/**
 * Declares the tests that every balancer has to pass, for random runs of 1 to 5 tasks: call it at the top of a vitest file.
 *
 * Weights are finite, at least 0, and 0 for absent tasks, whose part of the state rests; nothing is read of absent tasks, nor
 * anything that `needsNow` did not ask for; the state survives JSON in the middle of a run; equal arguments give equal
 * results; reordering the tasks reorders the weights.
 *
 * @param make the balancer of the given tasks, by their original numbers: `(tasks) => fixed({ weights: tasks.map(weightOf) })`
 */
export function describeBalancerLaws<State>(
  make: (tasks: readonly number[]) => Balancer<State>,
  {
    taskState,
    negativeWeights = false,
    permutable = true,
    compare = 'weights',
    tolerance = compare === 'weights' ? 1e-9 : 1e-6,
    runs = 100,
    seed = 1,
  }: BalancerLawOptions<State> = {},
): void {
  const source = key(seed);
  const tasksOf = (steps: readonly Step[]) => steps[0]!.present.map((_, task) => task);
  const run = (steps: readonly Step[], carry?: (state: State) => State) => {
    const tasks = tasksOf(steps);
    const balancer = make(tasks);
    return follow(balancer, steps, balancer.init(tasks.length), source, carry);
  };
  const holds = (law: (steps: readonly Step[], order: readonly number[]) => void) =>
    fc.assert(
      fc.property(arbitraryRun, ({ steps, order }) => law(steps, order)),
      { numRuns: runs, seed },
    );

  describe(`${make([0]).name} is a balancer`, () => {
    test(`weights are finite${negativeWeights ? '' : ' and at least 0'}, one per task`, () => {
      holds((steps) => {
        for (const { weights, step } of run(steps)) {
          expect(weights).toHaveLength(step.present.length);
          expect(weights.filter((weight) => !Number.isFinite(weight))).toEqual([]);
          if (!negativeWeights) expect(weights.filter((weight) => weight < 0)).toEqual([]);
        }
      });
    });

    test('an absent task has weight 0', () => {
      holds((steps) => {
        for (const { weights, step } of run(steps)) {
          expect(weights.filter((_, task) => !step.present[task]).every((weight) => weight === 0)).toBe(true);
        }
      });
    });

    test('a step without any task changes no state and says that it is degenerate', () => {
      holds((steps) => {
        for (const { step, before, after, status } of run(steps.map(emptied))) {
          expect(step.present).not.toContain(true);
          expect(after).toEqual(before);
          expect(status.kind).toBe('degenerate');
        }
      });
      holds((steps) => {
        const [first, ...others] = steps;
        const turns = run([first!, emptied(first!), ...others]);
        expect(turns[1]!.after).toEqual(turns[0]!.after);
      });
    });

    if (taskState)
      test('an absent task keeps its part of the state', () => {
        holds((steps) => {
          for (const { step, before, after } of run(steps)) {
            for (const task of tasksOf(steps).filter((task) => !step.present[task])) {
              expect(taskState(after, task)).toEqual(taskState(before, task));
            }
          }
        });
      });

    test('nothing is read of an absent task', () => {
      holds((steps) => {
        const filled = run(steps.map(filledIn));
        expect(filled.map(({ weights }) => weights)).toEqual(run(steps).map(({ weights }) => weights));
        expect(filled.at(-1)!.after).toEqual(run(steps).at(-1)!.after);
      });
    });

    test('the state survives JSON in the middle of a run, and the run goes on with equal weights', () => {
      holds((steps) => {
        const straight = run(steps);
        const interrupted = run(steps, (state) => JSON.parse(JSON.stringify(state)) as State);
        expect(interrupted.map(({ weights }) => weights)).toEqual(straight.map(({ weights }) => weights));
        expect(JSON.parse(JSON.stringify(straight.at(-1)!.after))).toStrictEqual(straight.at(-1)!.after);
      });
    });

    test('equal arguments give equal results', () => {
      holds((steps) => {
        expect(run(steps)).toEqual(run(steps));
      });
    });

    if (permutable)
      test('reordering the tasks reorders the weights', () => {
        holds((steps, order) => {
          const balancer = make(order);
          const others = steps.map((step) => reordered(step, order));
          const turns = follow(balancer, others, balancer.init(order.length), source);
          for (const [index, { weights, step }] of run(steps).entries()) {
            if (compare === 'direction') {
              const found = weights.map((_, task) => turns[index]!.weights[order.indexOf(task)]!);
              expect(distance(step, found, weights)).toBeLessThanOrEqual(tolerance);
              continue;
            }
            order.forEach((task, position) => {
              const [found, expected] = [turns[index]!.weights[position]!, weights[task]!];
              expect(Math.abs(found - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
            });
          }
        });
      });

    test('a single task, when it is present, has a positive weight', () => {
      holds((steps) => {
        const alone = steps.map((step) => reordered(step, [0])).filter(({ present }) => present[0]);
        const balancer = make([0]);
        const turns = follow(balancer, alone, balancer.init(1), source);
        for (const { weights, status, step } of turns) {
          const stationary = balancer.needs === 'gramian' && step.gramian[0]![0] === 0;
          if (!stationary && status.kind === 'ok') expect(weights[0]).toBeGreaterThan(0);
        }
      });
    });
  });
}

/** The step with every task absent. */
function emptied(step: Step): Step {
  const none = step.losses.map(() => Number.NaN);
  return {
    ...step,
    losses: none,
    lossesAfter: none,
    present: step.present.map(() => false),
    gramian: step.gramian.map((row) => row.map(() => 0)),
  };
}

/** The step with other numbers where an absent task's losses and gradients stand. */
function filledIn(step: Step): Step {
  const fill = (values: readonly number[]) => values.map((value, task) => (step.present[task] ? value : 5 + task));
  const gramian = step.gramian.map((row, i) =>
    row.map((value, j) => (step.present[i] && step.present[j] ? value : 5 + i + j)),
  );
  return { ...step, losses: fill(step.losses), lossesAfter: fill(step.lossesAfter), gramian };
}

/** ‖Σ (uₖ − wₖ) gₖ‖, relative to Σ |wₖ| ‖gₖ‖ or, where weights gather on small gradients, to the largest gradient. */
function distance({ gramian }: Step, u: readonly number[], w: readonly number[]): number {
  const change = u.map((value, i) => value - w[i]!);
  const squared = change.reduce(
    (sum, left, i) => sum + change.reduce((inner, right, j) => inner + left * right * gramian[i]![j]!, 0),
    0,
  );
  const lengths = gramian.map((row, i) => Math.sqrt(row[i]!));
  const size = w.reduce((sum, weight, i) => sum + Math.abs(weight) * lengths[i]!, 0);
  return squared <= 0 ? 0 : Math.sqrt(squared) / Math.max(size, ...lengths);
}
