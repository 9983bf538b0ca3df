import { openDevice } from '@polytask/engine';
import { expect, test } from 'vitest';
import { combined, moments } from '../testing/aggregator-steps.fixture.ts';
import { dbMtl } from './db-mtl.ts';
import { gradDrop } from './grad-drop.ts';
import { mConfig } from './m-config.ts';
import { moco } from './moco.ts';
import { trimmedMean } from './trimmed-mean.ts';
import { weightedTasks } from './weighted-tasks.ts';

const weights = [2, 0.5, 0.25];
const scaled = moments.map((moment) => ({
  ...moment,
  losses: moment.losses.map((loss, task) => loss * weights[task]!),
  gradients: moment.gradients.map((row, task) => row.map((value) => value * weights[task]!)),
}));

test.each([gradDrop, dbMtl, moco, trimmedMean])(
  'weighted losses and gradients are what the aggregator sees: %o',
  async (make) => {
    const device = await openDevice('onnx', { threads: 1 });
    const [found, expected] = [
      await combined(weightedTasks(weights, make()), device),
      await combined(make(), device, scaled),
    ];
    for (const [step, gradient] of expected.gradients.entries())
      for (const [at, value] of gradient.entries()) expect(found.gradients[step]![at]).toBeCloseTo(value, 4);
    for (const [step, { present }] of moments.entries())
      for (const [task, weight] of weights.entries())
        expect(found.own[step]![task]).toBeCloseTo(weight * (expected.own[step]?.[task] ?? 1), present[task] ? 3 : 0);
  },
);

test('the one task whose turn it is has its own weight', async () => {
  const device = await openDevice('onnx', { threads: 1 });
  const turns = moments.map((moment, step) => ({ ...moment, present: [0, 1, 2].map((task) => task === step % 3) }));
  const heavier = turns.map((moment, step) => ({
    ...moment,
    gradients: moment.gradients.map((row) => row.map((value) => value * weights[step % 3]!)),
  }));
  const [found, expected] = [
    await combined(weightedTasks(weights, mConfig()), device, turns),
    await combined(mConfig(), device, heavier),
  ];
  for (const [step, gradient] of expected.gradients.entries())
    for (const [at, value] of gradient.entries()) expect(found.gradients[step]![at]).toBeCloseTo(value, 4);
});

test('weights that are none, or too few, are refused', () => {
  expect(() => weightedTasks([1, -1], gradDrop())).toThrow('expected weights ≥ 0. Found -1.');
  expect(() => weightedTasks([1, 1], gradDrop()).init({}, 3)).toThrow(
    'expected a weight for each of 3 tasks. Found 2.',
  );
});
