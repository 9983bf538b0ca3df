import {
  exp3,
  fixedTasks,
  learningProgress,
  mixed,
  onLossProgress,
  priority,
  rescaled,
  type TaskSelector,
  ucb1,
} from '@polytask/tasks';
import type { SelectorConfig } from './config/selector-schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: the state of a selector is its own business
type AnySelector = TaskSelector<any>;

/**
 * What chooses the task of each batch, told the losses. Its name has its options, so that positions of others are refused.
 *
 * @param tasks that are drawn; others that the configuration names are left out.
 * @param sizes labels of each task, in the order of the tasks.
 */
export function selectorFor(config: SelectorConfig, tasks: readonly string[], sizes: readonly number[]): AnySelector {
  return { ...onLossProgress(selectorOf(config, tasks, sizes)), name: JSON.stringify(config) };
}

function selectorOf(config: SelectorConfig, tasks: readonly string[], sizes: readonly number[]): AnySelector {
  switch (config.type) {
    case 'fixed':
      return fixedTasks({
        inTurn: config.inTurn,
        ...(config.tasks && {
          tasks: config.tasks.flatMap((task) => (tasks.includes(task) ? tasks.indexOf(task) : [])),
        }),
      });
    case 'priority': {
      const { importance, bySize, temperature } = config;
      return priority({
        temperature,
        ...(bySize && { sizes }),
        ...(importance && { importance: tasks.map((task) => importance[task] ?? 1) }),
      });
    }
    case 'learningProgress':
      return learningProgress({ rate: config.rate, exploration: config.exploration });
    case 'exp3':
      return rescaled(exp3({ gamma: config.gamma }), { window: config.window });
    case 'ucb1':
      return rescaled(ucb1({ exploration: config.exploration }), { window: config.window });
    case 'mixed':
      return mixed(
        config.parts.map(({ share, selector }) => ({ share, selector: selectorOf(selector, tasks, sizes) })),
      );
  }
}
