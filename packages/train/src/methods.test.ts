import * as balance from '@polytask/balance';
import { key } from '@polytask/base';
import { type Device, openDevice, read } from '@polytask/engine';
import { beforeAll, describe, expect, test } from 'vitest';
import { dbMtl } from './aggregators/db-mtl.ts';
import { excessMtl } from './aggregators/excess-mtl.ts';
import { gradDrop } from './aggregators/grad-drop.ts';
import { mConfig } from './aggregators/m-config.ts';
import { moco } from './aggregators/moco.ts';
import { trimmedMean } from './aggregators/trimmed-mean.ts';
import type { BatchSource } from './batch.ts';
import { fit } from './fit.ts';
import { adam, adamw, sgd } from './optimizers/presets.ts';
import { type TrainState, trainingStep } from './step.ts';
import type { StepReport } from './step-report.ts';
import { batchOf, largestDifference, tasks, threeTasks, valuesOf } from './testing/three-tasks.fixture.ts';

type Balancer = Parameters<typeof trainingStep>[0]['balancer'];

/** What an exported method needs to be made; the others are made of nothing. */
const made: Readonly<Record<string, () => Balancer>> = {
  fixed: () => balance.fixed({ weights: [1, 2, 0.5] }),
  prior: () => balance.prior({ importance: [1, 2, 1] }),
  every: () => balance.every(2, balance.upgrad()),
  smoothed: () => balance.smoothed(0.9, balance.cagrad()),
  logTransformed: () => balance.logTransformed(balance.mgda()),
  normalised: () => balance.normalised(balance.nash()),
};
const others = ['dirichlet', 'needsNow'];
const aggregators = { gradDrop, moco, dbMtl, excessMtl, trimmedMean, mConfig };
const methods = Object.keys({ ...balance, ...aggregators }).filter((name) => !others.includes(name));
const make = (name: string): Balancer =>
  (made[name] ?? ({ ...balance, ...aggregators } as unknown as Record<string, () => Balancer>)[name])!();

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx', { threads: 1 });
});

/** Three batches an epoch; the second has no label of one task. */
function source(): BatchSource {
  const batches = [batchOf(), batchOf({ seed: 2, absent: 'tone' }), batchOf({ seed: 3 })];
  let taken = 0;
  return {
    batchesPerEpoch: 3,
    next: () => {
      const index = taken++;
      return { ...batches[index % 3]!, epoch: Math.floor(index / 3), last: index % 3 === 2 };
    },
    state: () => taken,
    restore: (state) => {
      taken = state as number;
    },
  };
}

async function train(balancer: Balancer, { steps = 9, cutAt = -1, gradients = 'parameters' as const } = {}) {
  await using step = trainingStep({ model: threeTasks(), optimizer: adam(), balancer, device, gradients });
  const options = { step, batches: source(), steps, learningRate: 0.02, key: key(2) };
  const reports: StepReport[] = [];
  let state: TrainState = step.init(key(1));
  for await (const event of fit({ ...options, state })) {
    if (event.type !== 'step') continue;
    reports.push(event.report);
    state = event.state;
    if (reports.length !== cutAt) continue;
    const saved = JSON.parse(JSON.stringify({ balancer: state.balancer, progress: event.progress }));
    const [params, slots] = [await read(state.params as never), await read(state.slots as never)];
    for await (const later of fit({
      ...options,
      state: { ...state, params, slots: slots as never, balancer: saved.balancer },
      progress: saved.progress,
    }))
      if (later.type === 'step') {
        reports.push(later.report);
        state = later.state;
      }
    break;
  }
  return { reports, params: await valuesOf(state.params) };
}

describe.each(methods)('%s in training', (name) => {
  test('finite losses and weights, no vote of an absent task, and the same bits after a restart from what is saved', async () => {
    const { reports, params } = await train(make(name));

    expect(reports).toHaveLength(9);
    for (const [index, { losses, weights }] of reports.entries()) {
      const absent = index % 3 === 1;
      expect(losses.tone === null).toBe(absent);
      if (absent) expect(weights.tone).toBe(0);
      for (const task of tasks) {
        expect(Number.isFinite(losses[task] ?? 0)).toBe(true);
        expect(Number.isFinite(weights[task])).toBe(true);
      }
    }
    expect(Object.values(params).flat().every(Number.isFinite)).toBe(true);
    expect((await train(make(name), { cutAt: 4 })).params).toEqual(params);
  });
});

test('the loop above knows every method', () => {
  expect(methods).toEqual(expect.arrayContaining(['equal', 'famo', 'nash', 'upgrad', 'gradnorm', 'krum']));
  expect(methods.length).toBeGreaterThanOrEqual(41);
});

describe('an aggregator', () => {
  const now = { learningRate: 0.05, key: key(3) };
  const after = async (balancer: Balancer, batches = [batchOf(), batchOf({ absent: 'tone', seed: 2 })]) => {
    const model = threeTasks({ regularised: true });
    await using step = trainingStep({ model, optimizer: adamw({ weightDecay: 0.1 }), balancer, device });
    await step.warmup(step.init(key(1)), batches);
    let state = step.init(key(1));
    for (const batch of batches) ({ state } = await step.run(state, [batch], now));
    return valuesOf(state.params);
  };

  test('that drops nothing takes the steps of the sum of the losses, heads, regularisers and absent tasks included', async () => {
    const difference = largestDifference(await after(balance.equal()), await after(gradDrop({ leak: 1 })));
    expect(difference).toBeLessThan(2e-6);
  });

  test('by turns moves what is shared at every step, and heads at their turns', async () => {
    await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer: mConfig(), device });
    let state = step.init(key(1));
    const moved: string[][] = [];
    for (let index = 0; index < 3; index++) {
      const before = await valuesOf(state.params);
      ({ state } = await step.run(state, [batchOf()], now));
      const next = await valuesOf(state.params);
      const paths = Object.keys(next).filter((path) => String(next[path]) !== String(before[path]));
      moved.push(paths.filter((path) => path.endsWith('.weight')).sort());
    }
    const shared = ['encoder.hidden.weight', 'encoder.out.weight'];
    expect(moved).toEqual(tasks.map((task) => [...shared, `heads.${task}.weight`]));
  });

  test('is refused where a step is in pieces', async () => {
    await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer: moco(), device });
    await expect(step.run(step.init(key(1)), [batchOf(), batchOf({ seed: 2 })], now)).rejects.toMatchObject({
      problems: [{ code: 'E4007' }],
    });
  });

  test('reports its weights', async () => {
    await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer: excessMtl(), device });
    const { report } = await step.run(step.init(key(1)), [batchOf({ absent: 'score' })], now);
    expect(report.weights).toEqual({ topic: 0.5, tone: 0.5, score: 0 });
    expect(report.losses.score).toBeNull();
  });
});
