import * as balance from '@polytask/balance';
import { key } from '@polytask/base';
import { type Device, openDevice } from '@polytask/engine';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BatchSource } from './batch.ts';
import { fit } from './fit.ts';
import { adam } from './optimizers/presets.ts';
import { type StepReport, type TrainState, trainingStep } from './step.ts';
import { batchOf, tasks, threeTasks, valuesOf } from './testing/three-tasks.fixture.ts';

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
const methods = Object.keys(balance).filter((name) => !others.includes(name));
const make = (name: string): Balancer =>
  (made[name] ?? (balance as unknown as Record<string, () => Balancer>)[name])!();

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
    for await (const later of fit({
      ...options,
      state: { ...state, balancer: saved.balancer },
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
  test('finite losses and weights, no vote of an absent task, and the same bits after a restart from JSON', async () => {
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
  expect(methods.length).toBeGreaterThanOrEqual(35);
});
