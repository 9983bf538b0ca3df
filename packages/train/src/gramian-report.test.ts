import { cagrad, dwa, mgda } from '@polytask/balance';
import { key } from '@polytask/base';
import { openDevice } from '@polytask/engine';
import { expect, test } from 'vitest';
import { gramianReport } from './gramian-report.ts';
import { sgd } from './optimizers/presets.ts';
import { trainingStep } from './step.ts';
import { batchOf, spy, threeTasks } from './testing/three-tasks.fixture.ts';

test('cosines, conflicts and the worst gain of g = (2, 0), (−1, 1), (0, 3) with weights 1, 0.5, 1', () => {
  const gramian = [
    [4, -2, 0],
    [-2, 2, 3],
    [0, 3, 9],
  ];
  const { cosines, conflicts, worst } = gramianReport(['a', 'b', 'c'], gramian, [1, 0.5, 1], [true, true, true]);

  expect(cosines[0]![0]).toBe(1);
  expect(cosines[0]![1]).toBeCloseTo(-Math.SQRT1_2, 12);
  expect(cosines[1]![2]).toBeCloseTo(Math.SQRT1_2, 12);
  expect(conflicts).toEqual([['a', 'b']]);
  // d = (2, 0) + ½ (−1, 1) + (0, 3) = (1.5, 3.5): 3/4 for a, 2/2 for b, 10.5/9 for c
  expect(worst).toEqual({ task: 'a', gain: 0.75 });
});

test('absent tasks and those with gradient 0 have no cosine, no conflict and no gain', () => {
  const gramian = [
    [4, -2, 0],
    [-2, 2, 0],
    [0, 0, 0],
  ];
  const { cosines, conflicts, worst } = gramianReport(['a', 'b', 'c'], gramian, [1, 0, 1], [true, false, true]);

  expect(cosines).toEqual([
    [1, null, null],
    [null, null, null],
    [null, null, null],
  ]);
  expect(conflicts).toEqual([]);
  expect(worst).toEqual({ task: 'a', gain: 1 });
  expect(gramianReport(['a'], [[0]], [1], [true]).worst).toBeNull();
});

test('a step reports what it measured, and what the solver says', async () => {
  const device = await openDevice('onnx');
  const report = async (balancer: Parameters<typeof trainingStep>[0]['balancer']) => {
    await using step = trainingStep({
      model: threeTasks(),
      optimizer: sgd(),
      balancer,
      device,
      gradients: 'parameters',
    });
    return (await step.run(step.init(key(1)), [batchOf({ absent: 'tone' })], { learningRate: 0.1, key: key(2) }))
      .report;
  };

  const shortest = await report(mgda());
  expect(shortest.cosines![1]).toEqual([null, null, null]);
  expect(shortest.worst!.gain).toBeGreaterThan(0);
  expect(shortest.iterations).toBeGreaterThan(0);
  expect(shortest.residual).toBeLessThan(1e-9);
  expect((await report(cagrad())).residual).toBeLessThan(1e-6);

  // Without a solver, or without a Gramian, there is nothing to tell.
  expect(await report(spy([1, 1, 1]).balancer)).not.toHaveProperty('residual');
  expect(await report(spy([1, 1, 1], 'losses').balancer)).not.toHaveProperty('cosines');
  expect(await report(dwa())).not.toHaveProperty('worst');
});
