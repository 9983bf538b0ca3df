import { key } from '@polytask/base';
import { expect, test } from 'vitest';
import { aligned } from './aggregation/aligned.ts';
import { cagrad } from './aggregation/cagrad.ts';
import { fairgrad } from './aggregation/fairgrad.ts';
import { gradnorm } from './aggregation/gradnorm.ts';
import { gradvac } from './aggregation/gradvac.ts';
import { krum } from './aggregation/krum.ts';
import { metabalance } from './aggregation/metabalance.ts';
import { mgda } from './aggregation/mgda.ts';
import { nash } from './aggregation/nash.ts';
import { upgrad } from './aggregation/upgrad.ts';
import { consistency } from './weighting/consistency.ts';
import { cosmos } from './weighting/cosmos.ts';
import { dtp } from './weighting/dtp.ts';
import { dwa } from './weighting/dwa.ts';
import { famo } from './weighting/famo.ts';
import { imtlL } from './weighting/imtl-l.ts';
import { pbi } from './weighting/pbi.ts';
import { stch } from './weighting/stch.ts';
import { tchebycheff } from './weighting/tchebycheff.ts';
import { worst } from './weighting/worst.ts';

test.each([
  ['aligned scale', () => aligned({ scale: 'mean' as 'min' }), 'Found "mean".'],
  ['cagrad c', () => cagrad({ c: -1 }), 'expected c ≥ 0. Found -1.'],
  ['cagrad rescale', () => cagrad({ rescale: 'half' as 'none' }), 'Found "half".'],
  ['fairgrad alpha', () => fairgrad({ alpha: Number.NaN }), 'expected alpha ≥ 0. Found NaN.'],
  ['gradnorm alpha', () => gradnorm({ alpha: -1 }), 'expected alpha ≥ 0. Found -1.'],
  ['gradnorm learningRate', () => gradnorm({ learningRate: 0 }), 'expected learningRate > 0. Found 0.'],
  ['gradvac beta', () => gradvac({ beta: 0 }), 'expected 0 < beta ≤ 1. Found 0.'],
  ['krum byzantine', () => krum({ byzantine: 0.5 }), 'expected an integer byzantine ≥ 0. Found 0.5.'],
  ['krum selected', () => krum({ selected: 0 }), 'expected an integer selected ≥ 1. Found 0.'],
  ['metabalance target', () => metabalance({ target: -1 }), 'expected target ≥ 0. Found -1.'],
  ['metabalance relax', () => metabalance({ relax: 2 }), 'expected 0 ≤ relax ≤ 1. Found 2.'],
  ['metabalance beta', () => metabalance({ beta: 1 }), 'expected 0 ≤ beta < 1. Found 1.'],
  ['metabalance change', () => metabalance({ change: 'all' as 'both' }), 'Found "all".'],
  ['mgda normalise', () => mgda({ normalise: 'l1' as 'l2' }), 'Found "l1".'],
  ['nash maxNorm', () => nash({ maxNorm: 0 }), 'expected maxNorm > 0. Found 0.'],
  ['a preference of zeros', () => upgrad({ preference: [0, 0] }), 'expected a positive preference. Found none.'],
  ['a negative preference', () => upgrad({ preference: [1, -1] }), 'Found -1.'],
  ['a short preference', () => upgrad({ preference: [1] }).init(2), 'expected preference for 2 tasks. Found 1.'],
  ['consistency strength', () => consistency({ strength: -1 }), 'expected strength ≥ 0. Found -1.'],
  ['consistency pairs', () => consistency({ pairs: [[1, 1]] }), 'expected pairs of different tasks. Found [1,1].'],
  [
    'too few tasks for pairs',
    () => consistency({ pairs: [[0, 3]] }).init(2),
    'expected pairs of tasks below 2. Found 3.',
  ],
  ['cosmos lambda', () => cosmos({ lambda: -1 }), 'expected lambda ≥ 0. Found -1.'],
  ['cosmos concentration', () => cosmos({ concentration: 0 }), 'expected concentration > 0. Found 0.'],
  ['dtp focus', () => dtp({ focus: -1 }), 'expected focus ≥ 0. Found -1.'],
  ['dtp smoothing', () => dtp({ smoothing: 0 }), 'expected smoothing above 0, at most 1. Found 0.'],
  ['dwa temperature', () => dwa({ temperature: 0 }), 'expected temperature > 0. Found 0.'],
  ['dwa window', () => dwa({ window: 0.5 }), 'expected a positive integer window. Found 0.5.'],
  ['famo decay', () => famo({ decay: -1 }), 'expected decay ≥ 0. Found -1.'],
  ['famo lowerBounds', () => famo({ lowerBounds: [0] }).init(2), 'expected lowerBounds for 2 tasks. Found 1.'],
  ['imtlL initial', () => imtlL({ initial: 11 }), 'expected |initial| ≤ 10. Found 11.'],
  ['pbi theta', () => pbi({ theta: -1 }), 'expected theta ≥ 0. Found -1.'],
  ['stch mu', () => stch({ mu: 0 }), 'expected mu > 0. Found 0.'],
  ['an inverse of 0', () => tchebycheff({ preference: [0, 1], inverse: true }), 'expected a positive preference'],
  ['worst count', () => worst({ count: 0 }), 'expected a positive integer count. Found 0.'],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});

test('a method on the Gramian is told when there is none, and when one is impossible', () => {
  const step = { losses: [1], present: [true], step: 0, epoch: 0 };
  expect(() => mgda().weigh(step, { taskCount: 1 }, key(0))).toThrow('expected a Gramian. Found none.');
  const negative = { ...step, gramian: [[-1]] };
  expect(() => mgda().weigh(negative, { taskCount: 1 }, key(0))).toThrow('Found -1.');
});

test('losses after an update that are not finite are not learned from', () => {
  const [averages, logits] = [dwa(), famo()];
  const state = averages.init(1);
  expect(averages.observe!([Number.NaN], state, [true])).toEqual(state);
  const { state: weighed } = logits.weigh({ losses: [1], present: [true], step: 0, epoch: 0 }, logits.init(1), key(0));
  expect(logits.observe!([Number.NaN], weighed, [true])).toEqual(logits.init(1));
});
