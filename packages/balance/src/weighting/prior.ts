import type { Balancer } from '../balancer.ts';
import { requirePositive } from '../require.ts';
import { sum } from '../solvers/matrix.ts';
import { type FixedState, fixed } from './fixed.ts';

export type PriorOptions = {
  /** How much each task matters, in task order. */
  readonly importance?: readonly number[];
  /** Labels of each task. */
  readonly sizes?: readonly number[];
  /** What a step of each task costs, in any unit. */
  readonly costs?: readonly number[];
  readonly sizePower?: number;
  readonly costPower?: number;
};

/**
 * Weights from what is known of the tasks beforehand: importance, data size, training cost.
 *
 *   wₖ ∝ importanceₖ · sizeₖ^a · costₖ^b,   Σₖ wₖ = K
 *
 * What is left out counts 1 for every task.
 *
 * @param importance, sizes, costs > 0, at least one of them given, in task order
 * @param sizePower a; 1 by default, where every label counts the same; ½ favours small tasks; negative ones turn it round
 * @param costPower b; −1 by default, where a task that costs twice as much counts half
 *
 * Throws a RangeError for other arguments, and from `init` when their number is not that of the tasks.
 */
export function prior({ importance, sizes, costs, sizePower = 1, costPower = -1 }: PriorOptions): Balancer<FixedState> {
  const lists = [importance ?? [], sizes ?? [], costs ?? []];
  const count = Math.max(...lists.map(({ length }) => length));
  if (count === 0) throw new RangeError('expected importance, sizes or costs. Found none.');
  for (const [name, values] of Object.entries({ importance, sizes, costs })) {
    if (values && values.length !== count) throw new RangeError(`expected ${count} ${name}. Found ${values.length}.`);
    for (const value of values ?? []) requirePositive({ [name]: value });
  }
  for (const [name, power] of Object.entries({ sizePower, costPower }))
    if (!Number.isFinite(power)) throw new RangeError(`expected a finite ${name}. Found ${power}.`);
  const logs = Array.from(
    { length: count },
    (_, task) =>
      Math.log(importance?.[task] ?? 1) +
      sizePower * Math.log(sizes?.[task] ?? 1) +
      costPower * Math.log(costs?.[task] ?? 1),
  );
  const largest = Math.max(...logs);
  const shares = logs.map((value) => Math.exp(value - largest));
  const total = sum(shares);
  return { ...fixed({ weights: shares.map((share) => (count * share) / total) }), name: 'prior' };
}
