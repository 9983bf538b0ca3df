import fc from 'fast-check';
import type { Statistics } from '../balancer.ts';

/** What one step brings, with the losses that `observe` is given for balancers that weigh after measuring. */
export type Step = Statistics & {
  readonly gramian: readonly (readonly number[])[];
  readonly lossesAfter: readonly number[];
};

const arbitraryLoss = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
// Not the smallest doubles: their squares have no precision that a law could hold to.
const arbitrarySize = fc.double({ min: 1e-6, max: 10, noNaN: true });
const arbitraryCoordinate = fc
  .tuple(fc.constantFrom(-1, 1, 1, -1, 0), arbitrarySize)
  .map(([sign, size]) => sign * size);

/**
 * Runs of 1 to 10 steps of `taskCount` tasks, each present with probability ¾.
 *
 * Losses of absent tasks are NaN and their gradients zero. Gramians come from gradients with `taskCount` + 2
 * coordinates, each 0 or between 10⁻⁶ and 10 in size.
 */
export function arbitrarySteps(taskCount: number): fc.Arbitrary<readonly Step[]> {
  const perTask = <Value>(value: fc.Arbitrary<Value>) =>
    fc.array(value, { minLength: taskCount, maxLength: taskCount, size: 'max' });
  const width = taskCount + 2;
  const step = fc.record({
    losses: perTask(arbitraryLoss),
    lossesAfter: perTask(arbitraryLoss),
    absence: perTask(fc.nat(3)),
    gradients: perTask(fc.array(arbitraryCoordinate, { minLength: width, maxLength: width })),
  });
  return fc.array(step, { minLength: 1, maxLength: 10, size: 'max' }).map((drawn) =>
    drawn.map(({ losses, lossesAfter, absence, gradients }, index) => {
      const present = absence.map((number) => number > 0);
      const masked = (values: readonly number[]) => values.map((value, task) => (present[task] ? value : Number.NaN));
      const rows = gradients.map((row, task) => row.map((value) => (present[task] ? value : 0)));
      const gramian = rows.map((left) => rows.map((right) => left.reduce((sum, x, p) => sum + x * right[p]!, 0)));
      return {
        losses: masked(losses),
        lossesAfter: masked(lossesAfter),
        present,
        gramian,
        step: index,
        epoch: Math.floor(index / 3),
      };
    }),
  );
}

/** A run of 1 to 5 tasks, with an order of them. */
export const arbitraryRun: fc.Arbitrary<{ readonly steps: readonly Step[]; readonly order: readonly number[] }> = fc
  .integer({ min: 1, max: 5 })
  .chain((taskCount) => {
    const tasks = Array.from({ length: taskCount }, (_, task) => task);
    return fc.record({
      steps: arbitrarySteps(taskCount),
      order: fc.shuffledSubarray(tasks, { minLength: taskCount, maxLength: taskCount }),
    });
  });

/** The same step with its tasks in another order: entry i is that of task `order[i]`. */
export function reordered(step: Step, order: readonly number[]): Step {
  const pick = <Value>(values: readonly Value[]) => order.map((task) => values[task]!);
  return {
    ...step,
    losses: pick(step.losses),
    lossesAfter: pick(step.lossesAfter),
    present: pick(step.present),
    gramian: pick(step.gramian).map(pick),
  };
}
