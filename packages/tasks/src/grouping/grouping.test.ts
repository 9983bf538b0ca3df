import { hostTensor, key } from '@polytask/base';
import { context, dense, noRandom, onValues, type Sequence } from '@polytask/core';
import { compile, openDevice } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupTasks } from './group-tasks.ts';
import { grouped } from './grouped.ts';
import { groupScore } from './score.ts';

const names = (count: number) => Array.from({ length: count }, (_, at) => `t${at}`);
const squares = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).chain((count) =>
    fc.array(
      fc.array(
        fc.integer({ min: -20, max: 20 }).map((value) => value / 20),
        { minLength: count, maxLength: count },
      ),
      {
        minLength: count,
        maxLength: count,
      },
    ),
  );

/** All partitions of 0 … count − 1. */
function partitions(count: number): number[][][] {
  if (count === 0) return [[]];
  return partitions(count - 1).flatMap((list) => [
    ...list.map((_, place) => list.map((group, at) => (at === place ? [...group, count - 1] : group))),
    [...list, [count - 1]],
  ]);
}

/** All sets of at most `most` groups out of all subsets. */
function covers(count: number, most: number): number[][][] {
  const subsets = Array.from({ length: 2 ** count - 1 }, (_, at) =>
    Array.from({ length: count }, (_, task) => task).filter((task) => ((at + 1) >> task) & 1),
  );
  const choose = (from: number, left: number): number[][][] =>
    left === 0
      ? [[]]
      : [
          [],
          ...subsets.slice(from).flatMap((one, at) => choose(from + at + 1, left - 1).map((more) => [one, ...more])),
        ];
  return choose(0, most).filter((list) => new Set(list.flat()).size === count);
}

describe('groupTasks', () => {
  it('puts together what helps each other', () => {
    const matrix = [
      [1, 0.9, -0.5, -0.4],
      [0.8, 1, -0.2, -0.6],
      [-0.3, -0.1, 1, 0.7],
      [-0.5, -0.2, 0.6, 1],
    ];
    const tasks = ['topic', 'tone', 'price', 'size'];
    expect(groupTasks({ tasks, matrix }, { groups: 2 })).toEqual({
      groups: [
        ['topic', 'tone'],
        ['price', 'size'],
      ],
      servedBy: { topic: 0, tone: 0, price: 1, size: 1 },
      scores: { topic: 0.8, tone: 0.9, price: 0.6, size: 0.7 },
      score: 3,
      search: 'exact',
    });
    expect(groupTasks({ tasks, matrix }, { groups: 1 }).groups).toEqual([tasks]);
    // a fourth group would be worth 0 at best
    expect(groupTasks({ tasks, matrix }, { groups: 4 }).groups).toHaveLength(2);
  });

  it('leaves alone what others only harm, unless alone is forbidden', () => {
    const matrix = [
      [1, 0.5, -0.1],
      [0.5, 1, -0.1],
      [-0.1, -0.1, 1],
    ];
    const tasks = names(3);
    expect(groupTasks({ tasks, matrix }, { groups: 3 }).groups).toEqual([['t0', 't1'], ['t2']]);
    expect(groupTasks({ tasks, matrix }, { groups: 3, alone: -1e6 }).groups).toEqual([['t0', 't1', 't2']]);
  });

  it('may train a helper for others, which is served elsewhere, with overlap', () => {
    // 0 helps all; only 1 helps 0
    const matrix = [
      [0, 0.5, 0.9],
      [0.9, 0, -0.9],
      [-0.9, -0.9, 0],
    ];
    const found = groupTasks({ tasks: names(3), matrix }, { groups: 2, overlap: true });
    expect(found.groups).toEqual([
      ['t0', 't1'],
      ['t0', 't2'],
    ]);
    expect(found.servedBy).toEqual({ t0: 0, t1: 0, t2: 1 });
    expect(found.score).toBeCloseTo(0.9 + 0.5 + 0.9, 12);
  });

  it('counts pairs that were never measured as neither help nor harm', () => {
    const matrix = [
      [1, null, 0.4],
      [null, 1, -0.4],
      [0.4, -0.4, 1],
    ];
    expect(groupTasks({ tasks: names(3), matrix }, { groups: 2 }).groups).toEqual([['t0', 't2'], ['t1']]);
  });

  it('is as good as the best of all partitions', () => {
    const all = new Map([1, 2, 3, 4, 5].map((count) => [count, partitions(count)]));
    fc.assert(
      fc.property(squares(1, 5), fc.integer({ min: 1, max: 4 }), (matrix, groups) => {
        const given = { matrix, alone: 0 };
        const scores = all
          .get(matrix.length)!
          .filter((list) => list.length <= groups)
          .map((list) =>
            list.reduce((sum, group) => sum + group.reduce((own, task) => own + groupScore(given, task, group), 0), 0),
          );
        const found = groupTasks({ tasks: names(matrix.length), matrix }, { groups });
        expect(found.score).toBeCloseTo(Math.max(...scores), 9);
        expect(found.groups.flat().sort()).toEqual(names(matrix.length));
        expect(found.groups.length).toBeLessThanOrEqual(groups);
      }),
    );
  });

  it('is, with overlap, as good as the best of all covers, each task served by its best group', () => {
    fc.assert(
      fc.property(squares(2, 4), fc.integer({ min: 1, max: 2 }), (matrix, groups) => {
        const given = { matrix, alone: 0 };
        const scores = covers(matrix.length, groups).map((list) =>
          matrix.reduce(
            (sum, _, task) =>
              sum +
              Math.max(...list.filter((group) => group.includes(task)).map((group) => groupScore(given, task, group))),
            0,
          ),
        );
        const found = groupTasks({ tasks: names(matrix.length), matrix }, { groups, overlap: true });
        expect(found.score).toBeCloseTo(Math.max(...scores), 9);
        for (const [task, group] of Object.entries(found.servedBy)) expect(found.groups[group]).toContain(task);
      }),
      { numRuns: 50 },
    );
  });

  it('finds, by beam, groupings that are nearly as good, and never better', () => {
    let [exact, beam] = [0, 0];
    fc.assert(
      fc.property(squares(6, 8), fc.boolean(), (matrix, overlap) => {
        const given = { tasks: names(matrix.length), matrix };
        const best = groupTasks(given, { groups: 3, overlap });
        const found = groupTasks(given, { groups: 3, overlap, search: 'beam' });
        expect(found.score).toBeLessThanOrEqual(best.score + 1e-9);
        expect([...new Set(found.groups.flat())].sort()).toEqual([...given.tasks].sort());
        exact += best.score;
        beam += found.score;
      }),
      { numRuns: 40, seed: 1 },
    );
    expect(beam / exact).toBeGreaterThan(0.93);
  });

  it('searches exactly up to 12 tasks and by beam beyond, where it finds hidden blocks', () => {
    const blocks = (count: number) =>
      names(count).map((_, i) =>
        names(count).map((_, j) => (i % 3 === j % 3 ? 0.5 : -0.1) + ((i * 7 + j * 3) % 5) / 100),
      );
    for (const [count, search] of [
      [12, 'exact'],
      [13, 'beam'],
      [30, 'beam'],
    ] as const) {
      const found = groupTasks({ tasks: names(count), matrix: blocks(count) }, { groups: 3 });
      expect(found.search).toBe(search);
      expect(found.groups).toEqual([0, 1, 2].map((rest) => names(count).filter((_, at) => at % 3 === rest)));
    }
  });

  it('refuses what is no matrix of the tasks, and options out of range', () => {
    expect(() => groupTasks({ tasks: names(2), matrix: [[1]] }, { groups: 1 })).toThrow('for each pair of 2 tasks');
    expect(() => groupTasks({ tasks: names(1), matrix: [[Number.NaN]] }, { groups: 1 })).toThrow(RangeError);
    expect(() => groupTasks({ tasks: names(1), matrix: [[1]] }, { groups: 0 })).toThrow('groups');
    const wide = names(16).map(() => names(16).map(() => 0));
    expect(() => groupTasks({ tasks: names(16), matrix: wide }, { groups: 2, search: 'exact' })).toThrow('beam');
  });
});

describe('grouped', () => {
  it('gives the tasks of a group the same features, other groups others', async () => {
    const sharing = grouped({ groups: [['a', 'c'], ['b']], tower: dense({ units: 2 }) });
    const tasks = ['a', 'b', 'c'];
    const { params, outputShapes } = sharing.init(key(1), [3], tasks);
    expect(outputShapes).toEqual({ a: [2], b: [2], c: [2] });
    await using program = compile(
      (own: unknown, x: tf.Tensor) =>
        sharing.apply(own as never, x, context('infer', noRandom), tasks) as Record<string, tf.Tensor>,
      { device: await openDevice('onnx', { threads: 1 }) },
    );
    const found = await program.run(params as unknown, hostTensor('float32', [1, 3], [1, 2, 3]));
    expect(found.a!.data).toEqual(found.c!.data);
    expect(found.a!.data).not.toEqual(found.b!.data);
  });

  it('keeps the lengths of sequences', async () => {
    const sharing = grouped({ groups: [['a'], ['b']], tower: onValues(dense({ units: 2 })) });
    const { params, outputShapes } = sharing.init(key(1), [4, 3], ['a', 'b']);
    expect(outputShapes).toEqual({ a: [4, 2], b: [4, 2] });
    await using program = compile(
      (own: unknown, x: Sequence) =>
        sharing.apply(own as never, x, context('infer', noRandom), ['a', 'b']) as Record<string, Sequence>,
      { device: await openDevice('onnx', { threads: 1 }) },
    );
    const lengths = hostTensor('int32', [2], [4, 1]);
    const values = hostTensor('float32', [2, 4, 3], new Float32Array(24));
    const found = await program.run(params as unknown, { values, lengths });
    for (const group of ['a', 'b'] as const) {
      expect(found[group]!.values.shape).toEqual([2, 4, 2]);
      expect([...found[group]!.lengths.data]).toEqual([4, 1]);
    }
  });

  it('refuses groups that are no partition of the tasks', () => {
    const init = (groups: string[][]) => () =>
      grouped({ groups, tower: dense({ units: 2 }) }).init(key(1), [3], ['a', 'b']);
    expect(init([['a']])).toThrow('Found it in 0');
    expect(init([['a', 'b'], ['b']])).toThrow('Found it in 2');
    expect(init([['a', 'b', 'x']])).toThrow('Found "x"');
  });
});
