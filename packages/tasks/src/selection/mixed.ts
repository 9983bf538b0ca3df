import { quote } from '@polytask/base';
import { requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type MixedState = { readonly taskCount: number; readonly parts: readonly unknown[] };

export type MixedPart = {
  // biome-ignore lint/suspicious/noExplicitAny: the state of a selector is its own business
  readonly selector: TaskSelector<any>;
  /** Relative to the others, above 0. */
  readonly share: number;
};

/**
 * Several selectors at once: pₖ = Σ shareᵢ·pᵢₖ / Σ share. All learn from every reward, told with what probability its task was chosen.
 *
 * @throws RangeError without parts, or for shares that are not positive.
 */
export function mixed(parts: readonly MixedPart[]): TaskSelector<MixedState> {
  if (parts.length === 0) throw new RangeError('mixed: expected at least one selector. Found none.');
  for (const [at, { share }] of parts.entries())
    if (!(share > 0 && Number.isFinite(share)))
      throw new RangeError(`mixed[${at}].share: expected a number above 0. Found ${quote(share)}.`);
  const all = parts.reduce((sum, { share }) => sum + share, 0);
  requireNumber('mixed: the sum of shares', all, 0);
  const probabilities = ({ taskCount, parts: states }: MixedState) => {
    const each = parts.map(({ selector: one }, at) => one.probabilities(states[at]));
    return Array.from({ length: taskCount }, (_, task) =>
      parts.reduce((sum, { share }, at) => sum + (share / all) * each[at]![task]!, 0),
    );
  };
  return selector({
    name: `mixed(${parts.map(({ selector: one }) => one.name).join(', ')})`,
    init: (taskCount) => ({ taskCount, parts: parts.map(({ selector: one }) => one.init(taskCount)) }),
    probabilities,
    observe(state, given) {
      requireReward('mixed', given, state.taskCount);
      const probability = given.probability ?? probabilities(state)[given.task]!;
      // a task that no part would have chosen, given all the same, teaches as one that is sure
      const told = { ...given, probability: probability > 0 ? probability : 1 };
      return {
        taskCount: state.taskCount,
        parts: parts.map(({ selector: one }, at) => one.observe(state.parts[at], told)),
      };
    },
  });
}
