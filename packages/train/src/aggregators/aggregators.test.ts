import { config } from '@polytask/balance';
import { gramianOf } from '@polytask/balance/testing';
import { fold, hostTensor, key, normal } from '@polytask/base';
import { compile, type Device, openDevice } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { combined, dot, type Moment, moments, sumOf, taskCount } from '../testing/aggregator-steps.fixture.ts';
import { dbMtl } from './db-mtl.ts';
import { excessMtl } from './excess-mtl.ts';
import { gradDrop } from './grad-drop.ts';
import { mConfig } from './m-config.ts';
import { moco } from './moco.ts';
import { projectOnSimplex } from './simplex.ts';
import { trimmedMean } from './trimmed-mean.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx', { threads: 1 });
});

/** What a float64 loop over the moments, straight from the equations, says. */
type Told = { readonly gradient: readonly number[]; readonly weights?: readonly number[] };
function agree(found: Awaited<ReturnType<typeof combined>>, told: readonly Told[], digits = 5) {
  for (const [step, { gradient, weights }] of told.entries()) {
    const size = Math.max(1e-3, ...gradient.map(Math.abs));
    for (const [at, value] of gradient.entries())
      expect(found.gradients[step]![at]! / size).toBeCloseTo(value / size, digits);
    for (const [task, weight] of (weights ?? []).entries())
      expect(found.weights[step]![task]).toBeCloseTo(weight, digits - 1);
  }
}
const norm = (row: readonly number[]) => Math.sqrt(dot(row, row));
const zeroRows = () => moments[0]!.gradients.map((row) => row.map(() => 0));

describe('gradDrop', () => {
  const byHand = ({ gradients, draws }: Moment, leak: readonly number[]) =>
    draws.map((u, at) => {
      const column = gradients.map((row) => row[at]!);
      const purity = 0.5 * (1 + column.reduce((a, b) => a + b, 0) / column.reduce((a, b) => a + Math.abs(b), 0));
      return column.reduce((sum, g, task) => {
        const kept = (g > 0 && purity > u) || (g < 0 && purity < u) ? 1 : 0;
        return sum + (leak[task]! + (1 - leak[task]!) * kept) * g;
      }, 0);
    });

  test('keeps in each entry the sign that is drawn, at every step', async () => {
    agree(
      await combined(gradDrop(), device),
      moments.map((moment) => ({ gradient: byHand(moment, [0, 0, 0]) })),
    );
  });

  test('a leak lets a share of what is dropped through; one of 1 is the sum', async () => {
    const leak = [0.25, 0, 1];
    agree(
      await combined(gradDrop({ leak }), device),
      moments.map((moment) => ({ gradient: byHand(moment, leak) })),
    );
    agree(
      await combined(gradDrop({ leak: 1 }), device),
      moments.map(({ gradients }) => ({ gradient: sumOf([1, 1, 1], gradients) })),
    );
  });

  test('where all agree nothing is dropped, and zeros stay zeros', async () => {
    const ones = {
      ...moments[0]!,
      gradients: [1, 2, 3].map((scale) => moments[0]!.draws.map((_, at) => (at === 0 ? 0 : -scale))),
    };
    const { gradients } = await combined(gradDrop(), device, [ones]);
    expect(gradients[0]).toEqual([0, -6, -6, -6, -6, -6, -6, -6]);
  });

  test('options out of range are refused', () => {
    expect(() => gradDrop({ leak: 1.5 })).toThrow('expected 0 ≤ leak ≤ 1. Found 1.5.');
    expect(() => gradDrop({ leak: [0, 0] }).init({}, 3)).toThrow('expected a leak for each of 3 tasks. Found 2.');
  });
});

describe('moco', () => {
  const byHand = ({ beta = 0.5, betaDecay = 0.5, gamma = 0.1, gammaDecay = 0.5, rho = 0 } = {}): Told[] => {
    const averages = zeroRows();
    const counts = [0, 0, 0];
    let lambda = [1 / 3, 1 / 3, 1 / 3];
    return moments.map(({ gradients, losses, present }, step) => {
      const tasks = present.flatMap((here, task) => (here ? [task] : []));
      for (const k of tasks) {
        counts[k]! += 1;
        const rate = beta / counts[k]! ** betaDecay;
        averages[k] = averages[k]!.map(
          (y, at) => y - rate * (y - (losses[k]! * gradients[k]![at]!) / norm(gradients[k]!)),
        );
      }
      const mass = tasks.reduce((sum, k) => sum + lambda[k]!, 0);
      const d = sumOf(
        lambda.map((value, k) => (present[k] ? value : 0)),
        averages,
      );
      const moved = tasks.map(
        (k) => lambda[k]! - (gamma / (step + 1) ** gammaDecay) * (dot(averages[k]!, d) + rho * lambda[k]!),
      );
      const projected = nearest(moved, mass);
      lambda = lambda.map((value, k) => (present[k] ? projected[tasks.indexOf(k)]! : value));
      const weights = lambda.map((value, k) => (present[k] ? value / mass : 0));
      return { gradient: sumOf(weights, averages), weights };
    });
  };

  test('averages, weights and direction are those of the equations, absent tasks at rest', async () => {
    agree(await combined(moco(), device), byHand());
  });

  test('with fast weights some reach 0 and the others share 1', async () => {
    const options = { gamma: 3, gammaDecay: 0, rho: 0.3, beta: 0.9, betaDecay: 0.1 };
    const told = byHand(options);
    expect(
      told.some(({ weights }, step) => weights!.some((weight, task) => weight === 0 && moments[step]!.present[task])),
    ).toBe(true);
    agree(await combined(moco(options), device), told, 4);
  });

  test('options out of range are refused', () => {
    expect(() => moco({ beta: 0 })).toThrow('expected 0 < beta ≤ 1. Found 0.');
    expect(() => moco({ rho: -1 })).toThrow('expected rho ≥ 0. Found -1.');
  });
});

/** The projection on the simplex of this mass, by bisection. */
function nearest(point: readonly number[], mass: number): number[] {
  let [low, high] = [Math.min(...point) - mass - 1, Math.max(...point)];
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2;
    if (point.reduce((sum, value) => sum + Math.max(0, value - middle), 0) > mass) low = middle;
    else high = middle;
  }
  return point.map((value) => Math.max(0, value - high));
}

test('the projection on the simplex is that of a bisection, for points of all kinds', async () => {
  const program = compile(
    (point: tf.Tensor, among: tf.Tensor, mass: tf.Tensor) => ({ x: projectOnSimplex(point, among, mass) }),
    { device },
  );
  for (let draw = 0; draw < 40; draw++) {
    const numbers = normal(fold(key(9), draw), 6);
    const ties = draw % 4 === 0 ? numbers.map((value) => Math.round(value)) : numbers;
    const point = Array.from(ties, (value) => value * 10 ** ((draw % 5) - 2));
    const among = point.map((_, at) => Number(at === 0 || (draw >> at) % 2 === 0));
    const mass = draw % 3 === 0 ? 1 : 0.2;
    const { x } = await program.run(
      hostTensor('float32', [6], point),
      hostTensor('float32', [6], among),
      hostTensor('float32', [], [mass]),
    );
    const inside = nearest(
      point.filter((_, at) => among[at] === 1),
      mass,
    );
    const scale = Math.max(1, ...point.map(Math.abs));
    point.forEach((_, at) => {
      const place = among.slice(0, at).filter((one) => one === 1).length;
      expect(x.data[at]! / scale).toBeCloseTo(among[at] === 1 ? inside[place]! / scale : 0, 5);
    });
  }
});

describe('dbMtl', () => {
  const byHand = (beta = 0.9, betaDecay = 0): Told[] => {
    const averages = zeroRows();
    const counts = [0, 0, 0];
    return moments.map(({ gradients, losses, present }) => {
      present.forEach((here, k) => {
        if (!here) return;
        counts[k]! += 1;
        const share = beta / counts[k]! ** betaDecay;
        averages[k] = averages[k]!.map((before, at) => {
          const gradient = gradients[k]![at]! / (losses[k]! + 1e-8);
          return gradient + share * (before - gradient);
        });
      });
      const norms = averages.map(norm);
      const longest = Math.max(...norms.filter((_, k) => present[k]));
      const weights = norms.map((length, k) => (present[k] ? longest / (length + 1e-8) : 0));
      return { gradient: sumOf(weights, averages), weights };
    });
  };

  test('averages of the gradients of log losses, all scaled to the longest', async () => {
    const found = await combined(dbMtl(), device);
    agree(found, byHand());
    expect(found.own[0]![1]).toBeCloseTo(1 / moments[0]!.losses[1]!, 4);
    agree(await combined(dbMtl({ beta: 0.5, betaDecay: 0.5 }), device), byHand(0.5, 0.5));
  });

  test('a loss of 0, or below, does not make numbers that are not finite', async () => {
    const { gradients } = await combined(dbMtl(), device, [{ ...moments[0]!, losses: [0, -1, 2] }]);
    expect(gradients[0]!.every(Number.isFinite)).toBe(true);
  });

  test('options out of range are refused', () => {
    expect(() => dbMtl({ beta: 1 })).toThrow('expected 0 ≤ beta < 1. Found 1.');
    expect(() => dbMtl({ betaDecay: -1 })).toThrow('expected betaDecay ≥ 0. Found -1.');
  });
});

describe('excessMtl', () => {
  const byHand = (rate: number): Told[] => {
    const squares = zeroRows();
    const first: (number | undefined)[] = [];
    const logits = [0, 0, 0];
    return moments.map(({ gradients, present }) => {
      present.forEach((here, k) => {
        if (!here) return;
        squares[k] = squares[k]!.map((before, at) => before + gradients[k]![at]! ** 2);
        const excess = gradients[k]!.reduce((sum, g, at) => sum + g ** 2 / Math.sqrt(squares[k]![at]! + 1e-7), 0);
        if (first[k] === undefined) first[k] = excess;
        else logits[k]! += (rate * excess) / first[k]!;
      });
      const parts = logits.map((logit, k) => (present[k] ? Math.exp(logit) : 0));
      const total = parts.reduce((a, b) => a + b);
      const weights = parts.map((part) => part / total);
      return { gradient: sumOf(weights, gradients), weights };
    });
  };

  test.each([0.01, 1])('weights follow the excess risks at the rate %s', async (rate) => {
    agree(await combined(excessMtl({ rate }), device), byHand(rate));
  });

  test('weights do not overflow', async () => {
    const found = await combined(excessMtl({ rate: 1000 }), device);
    expect(found.weights.flat().every(Number.isFinite)).toBe(true);
    expect(() => excessMtl({ rate: 0 })).toThrow('expected rate > 0. Found 0.');
  });
});

describe('trimmedMean', () => {
  const byHand = (trim: number): Told[] =>
    moments.map(({ gradients, present, draws }) => ({
      gradient: draws.map((_, at) => {
        const column = gradients.flatMap((row, task) => (present[task] ? [row[at]!] : [])).sort((a, b) => a - b);
        const left = Math.min(trim, Math.floor((column.length - 1) / 2));
        const rest = column.slice(left, column.length - left);
        return rest.reduce((a, b) => a + b) / rest.length;
      }),
    }));

  test.each([0, 1, 2])('leaves out %s at either end, fewer where fewer are present', async (trim) => {
    agree(await combined(trimmedMean({ trim }), device), byHand(trim));
  });

  test('equal values are left out one at a time', async () => {
    const equal = { ...moments[0]!, gradients: [2, 2, 5].map((value) => moments[0]!.draws.map(() => value)) };
    expect((await combined(trimmedMean(), device, [equal])).gradients[0]).toEqual(new Array(8).fill(2));
    expect(() => trimmedMean({ trim: 0.5 })).toThrow('expected an integer trim ≥ 0. Found 0.5.');
  });
});

describe('mConfig', () => {
  const turns: Moment[] = moments.map((moment, step) => ({
    ...moment,
    gradients: moment.gradients.map((row, task) => (task === step % 3 ? row.map((value) => value + 0.1) : row)),
    present: [0, 1, 2].map((task) => task === step % 3),
  }));
  const byHand = (beta1: number, beta2: number): Told[] => {
    const averages = zeroRows();
    const counts = [0, 0, 0];
    let last = averages[0]!.map(() => 0);
    let square = averages[0]!.map(() => 0);
    return turns.map(({ gradients }, step) => {
      const turn = step % 3;
      counts[turn]! += 1;
      averages[turn] = averages[turn]!.map((value, at) => beta1 * value + (1 - beta1) * gradients[turn]![at]!);
      const unbiased = averages.map((row, k) =>
        row.map((value) => (counts[k] ? value / (1 - beta1 ** counts[k]!) : 0)),
      );
      const d = conflictFree(unbiased.filter((_, k) => counts[k]! > 0));
      const now = d.map((value) => value * (1 - beta1 ** (step + 1)));
      square = square.map(
        (value, at) => beta2 * value + (1 - beta2) * ((now[at]! - beta1 * last[at]!) / (1 - beta1)) ** 2,
      );
      last = now;
      return { gradient: d.map((value, at) => value / (Math.sqrt(square[at]! / (1 - beta2 ** (step + 1))) + 1e-8)) };
    });
  };
  /** (Σ gᵢ·x̂) x̂ with equal cosines of x and every gᵢ, from the balancer of that name. */
  const conflictFree = (rows: readonly (readonly number[])[]) => {
    const balancer = config();
    const statistics = {
      losses: rows.map(() => 1),
      present: rows.map(() => true),
      gramian: gramianOf(rows),
      step: 0,
      epoch: 0,
    };
    return sumOf(balancer.weigh(statistics, balancer.init(rows.length), key(0)).weights, rows);
  };

  test('one average is renewed per step, and the direction and its scale are those of the equations', async () => {
    agree(await combined(mConfig(), device, turns), byHand(0.9, 0.999), 4);
    agree(await combined(mConfig({ beta1: 0.5, beta2: 0.9 }), device, turns), byHand(0.5, 0.9), 4);
  });

  test('options out of range are refused', () => {
    expect(() => mConfig({ beta1: 1 })).toThrow('expected 0 ≤ beta1 < 1. Found 1.');
  });
});

test('the moments have absent tasks', () => {
  expect(moments.map(({ present }) => present.filter(Boolean).length)).toEqual([3, 3, 2, 1, 3, 3]);
  expect(taskCount).toBe(3);
});
