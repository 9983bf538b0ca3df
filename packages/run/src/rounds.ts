import { fold, type Key, type Problem } from '@polytask/base';
import { dynamicSplit } from '@polytask/data';
import type { RunConfig } from './config/schema.ts';
import type { RunData } from './data/read-data.ts';
import { groupsOf, type Parts, strataIn } from './data/split-data.ts';

/** The parts of a run whose training and validation rows are drawn anew every few epochs. The test part stays. */
export type Rounds = {
  readonly note: Problem;
  partsIn(epoch: number): Pick<Parts, 'train' | 'validation'>;
};

/** Undefined where the parts of a run stay as they are. */
export function roundsOf(config: RunConfig, data: RunData, split: Parts, key: Key): Rounds | undefined {
  const { split: how } = config;
  if (!('redraw' in how) || how.redraw === undefined) return undefined;
  const { labelsOf, numeric } = strataIn(config, data.examples);
  const names = 'tasks' in how ? how.tasks : undefined;
  const drawn = dynamicSplit({
    key: fold(key, 'rounds'),
    split: { parts: [split.train, split.validation, split.test] },
    tasks: Object.keys(config.tasks),
    every: how.redraw.every,
    groups: groupsOf(config, data, key),
    ...(how.by !== 'random' && { labels: labelsOf(names), numeric: numeric(names) }),
  });
  let last = { epoch: 0, train: split.train, validation: split.validation };
  return {
    note: {
      code: 'E2329',
      path: 'split.redraw',
      message:
        'Rows that validate now may have been trained on before, and scores of different parts are compared to choose the best weights: they steer the training, the test part judges it. Encoders and heads are fitted on the first training part.',
    },
    partsIn(epoch) {
      if (epoch !== last.epoch) {
        const { parts } = drawn.split({ round: epoch, scores: {} });
        last = { epoch, train: parts[0]!, validation: parts[1]! };
      }
      return last;
    },
  };
}
