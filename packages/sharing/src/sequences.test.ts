import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, key, leaves, type Tree } from '@polytask/base';
import {
  attentiveStatistics,
  context,
  dense,
  noRandom,
  pooling,
  recorder,
  type Sequence,
  type Sharing,
  type Tensors,
} from '@polytask/core';
import { finiteDifferences, toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapters } from './adapters.ts';
import { cgc } from './cgc.ts';
import { crossStitch } from './cross-stitch.ts';
import { eachStep } from './each-step.ts';
import { film } from './film.ts';
import { hard } from './hard.ts';
import { lora } from './lora.ts';
import { mmoe } from './mmoe.ts';
import { mtan } from './mtan.ts';
import { omoe } from './omoe.ts';
import { ple } from './ple.ts';
import { soft } from './soft.ts';
import { taskAttention } from './task-attention.ts';
import { moved as movedFrom, planted } from './testing/planted.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tasks = ['said', 'mood'];
const layer = (units = 4) => eachStep(dense({ units, activation: 'tanh' }));
// biome-ignore lint/suspicious/noExplicitAny: the parameters differ from way to way
type Any = Sharing<any, Tensors>;
type Params = Tree<HostTensor>;

/** A way of sharing, and the features that it gives of 3. */
const ways: readonly [name: string, way: Any, units: number][] = [
  ['hard', hard(), 3],
  ['hard with a tower', hard({ tower: layer() }), 4],
  ['soft', soft({ tower: layer() }), 4],
  ['cross-stitch', crossStitch({ stages: [layer(), layer()] }), 4],
  ['cross-stitch per channel', crossStitch({ stages: [layer()], perChannel: true }), 4],
  ['mmoe', mmoe({ expert: layer(), experts: 3 }), 4],
  ['omoe', omoe({ expert: layer(), experts: 3 }), 4],
  ['cgc', cgc({ expert: layer(), shared: 1, specific: 2 }), 4],
  ['ple', ple({ levels: [layer(), layer()], shared: 1, specific: 1 }), 4],
  ['film', film({ width: 2 }), 3],
  ['adapters', adapters({ width: 8 }), 3],
  ['lora', lora({ units: 4, rank: 2, frozen: false }), 4],
  ['mtan', mtan({ stages: [layer(), layer()] }), 4],
  ['task attention', taskAttention({ tower: layer() }), 4],
];

const [steps, features] = [4, 3];
const lengths = [4, 2, 1];
/** Rows of 3 features; what stands in the padding is the filler, which nothing may see. */
function sequence(time = steps, filler = 0, rows: readonly number[] = lengths): Sequence {
  const values = rows.flatMap((length, row) =>
    Array.from({ length: time * features }, (_, at) =>
      at < length * features ? Math.sin(1 + 2.3 * at + 0.7 * row) : filler,
    ),
  );
  return {
    values: tf.tensor3d(values, [rows.length, time, features]),
    lengths: tf.tensor1d([...rows], 'int32'),
  };
}
const numbers = (x: tf.Tensor | undefined) => [...x!.dataSync()];
const infer = () => context('infer', noRandom);
const made = (way: Any) => way.init(key(5), [steps, features], tasks);
/** Parameters away from where they start as the identity. */
const moved = (way: Any) => movedFrom(made(way).params as Params);
type Sequences = Readonly<Record<string, Sequence>>;
const run = (way: Any, x: Tensors, tensors: Readonly<Record<string, unknown>> = toTensors(moved(way))) =>
  way.apply(planted(made(way).params as Params, tensors), x, infer(), tasks) as Sequences;
/** The values of the steps that count, row by row. */
const counted = ({ values, lengths: rows }: Sequence) => {
  const list = (values as tf.Tensor3D).arraySync();
  return numbers(rows).flatMap((length, row) => list[row]!.slice(0, length).flat());
};
const largest = (left: readonly number[], right: readonly number[]) => {
  expect(left.length).toBe(right.length);
  expect(left.length).toBeGreaterThan(0);
  return Math.max(...left.map((value, at) => Math.abs(value - right[at]!)));
};
const mean = (x: Sequence) => pooling({ mode: 'mean' }).apply({}, x, infer());
const attention = attentiveStatistics({ units: 5 });
const attended = (x: Sequence) =>
  attention.apply(toTensors(attention.init(key(9), [steps, x.values.shape[2]!]).params) as never, x, infer());

describe.each(ways)('%s of sequences', (_, way, units) => {
  it('gives every task a sequence of the shape it promised, also of one example', () => {
    expect(made(way).outputShapes).toEqual({ said: [steps, units], mood: [steps, units] });
    for (const rows of [[3], lengths]) {
      const out = run(way, sequence(steps, 0, rows));
      for (const task of tasks) {
        expect(out[task]!.values.shape).toEqual([rows.length, steps, units]);
        expect(numbers(out[task]!.lengths)).toEqual(rows);
      }
    }
  });

  it('gives the same whatever, and however much, padding there is', () => {
    const plain = run(way, sequence());
    for (const x of [sequence(steps + 5), sequence(steps, 7), sequence(steps + 3, -9)]) {
      const padded = run(way, x);
      for (const task of tasks) {
        expect(largest(counted(padded[task]!), counted(plain[task]!))).toBeLessThan(1e-5);
        for (const pool of [mean, attended])
          expect(largest(numbers(pool(padded[task]!)), numbers(pool(plain[task]!)))).toBeLessThan(1e-5);
      }
    }
  });

  it('treats examples alone as in a batch, and those without a step as any', () => {
    const whole = run(way, sequence(steps, 0, [...lengths, 0]));
    for (const task of tasks) {
      expect(numbers(whole[task]!.values).every(Number.isFinite)).toBe(true);
      const alone = counted(run(way, sequence(steps, 0, [4]))[task]!);
      expect(largest(alone, counted(whole[task]!).slice(0, alone.length))).toBeLessThan(1e-5);
    }
  });

  it('makes of one step what it makes of a vector', () => {
    const out = run(way, sequence(steps, 5, [1, 1]));
    const vectors = tf.reshape(tf.slice(sequence(steps, 5, [1, 1]).values, [0, 0, 0], [2, 1, features]), [2, features]);
    const plain = way.apply(
      planted(way.init(key(5), [features], tasks).params as Params, toTensors(moved(way))),
      vectors,
      infer(),
      tasks,
    ) as Readonly<Record<string, tf.Tensor>>;
    for (const task of tasks) expect(largest(counted(out[task]!), numbers(plain[task]))).toBeLessThan(1e-5);
  });

  it('has right gradients of every parameter', () => {
    const flat = moved(way);
    const loss = (tensors: Record<string, tf.Tensor>) => {
      const out = run(way, sequence(steps, 0, [3, 2]), tensors);
      const parts = tasks.map((task, at) => tf.sum(tf.mul(at + 1, tf.sin(mean(out[task]!)))));
      return tf.add(parts[0]!, parts[1]!) as tf.Scalar;
    };
    if (Object.keys(flat).length > 0) expect(finiteDifferences(loss, flat).error).toBeLessThan(5e-3);
  });
});

describe('identities of sequences', () => {
  const start = (way: Any) => run(way, sequence(), toTensors(leavesOf(way)));
  const leavesOf = (way: Any) => Object.fromEntries(leaves(made(way).params as Params));
  const shared = counted(sequence());

  it('FiLM and adapters start from hard sharing', () => {
    const given = run(hard(), sequence());
    for (const way of [film(), adapters()] as Any[])
      for (const task of tasks) {
        expect(counted(start(way)[task]!)).toEqual(shared);
        expect(counted(start(way)[task]!)).toEqual(counted(given[task]!));
      }
  });

  it('LoRA of rank 0 is the frozen trunk, and of any rank before the first step', () => {
    const trunk = dense({ units: 4, activation: 'relu' });
    const own = toTensors(leavesOf(lora({ units: 4, rank: 0 }))) as Record<string, tf.Tensor>;
    const params = { weight: own['trunk.weight']!, bias: own['trunk.bias']! };
    const expected = counted({ values: trunk.apply(params, sequence().values, infer()), lengths: sequence().lengths });
    for (const rank of [0, 2])
      for (const task of tasks)
        expect(largest(counted(start(lora({ units: 4, rank }))[task]!), expected)).toBeLessThan(1e-6);
  });

  it('MMoE with one expert is hard sharing', () => {
    const way = mmoe({ expert: layer(), experts: 1 });
    const flat = toTensors(leavesOf(way)) as Record<string, tf.Tensor>;
    const tower = { 'tower.weight': flat['experts.0.weight']!, 'tower.bias': flat['experts.0.bias']! };
    for (const task of tasks)
      expect(
        largest(counted(start(way)[task]!), counted(run(hard({ tower: layer() }), sequence(), tower)[task]!)),
      ).toBeLessThan(1e-6);
  });
});

it('attention over tasks is shown for every step', () => {
  const { record, recorded } = recorder();
  const way: Any = taskAttention({ tower: layer() });
  way.apply(toTensors(made(way).params as object), sequence(), context('infer', noRandom, record), tasks);
  const { attention: weights } = recorded().observed;
  expect(weights!.shape).toEqual([3, steps, 2, 2]);
  for (const sum of numbers(tf.sum(weights!, -1))) expect(sum).toBeCloseTo(1, 5);
});

it('FiLM, adapters and LoRA change the places of maps as vectors', () => {
  const map = tf.tensor4d(
    Array.from({ length: 2 * 2 * 3 * features }, (_, at) => Math.sin(1 + 2.3 * at)),
    [2, 2, 3, features],
  );
  for (const way of [film({ width: 2 }), adapters({ width: 4 }), lora({ units: 4, rank: 2 })] as Any[]) {
    const params = planted(made(way).params as Params, toTensors(moved(way)));
    const whole = way.apply(params, map, infer(), tasks) as Readonly<Record<string, tf.Tensor>>;
    const rows = way.apply(params, tf.reshape(map, [12, features]), infer(), tasks) as Readonly<
      Record<string, tf.Tensor>
    >;
    const { outputShapes } = way.init(key(5), [2, 3, features], tasks);
    for (const task of tasks) {
      expect(whole[task]!.shape).toEqual([2, ...outputShapes[task]!]);
      expect(largest(numbers(whole[task]), numbers(rows[task]))).toBeLessThan(1e-6);
    }
  }
});

it('what is neither a tensor nor a sequence is refused by name', () => {
  const odd = { first: tf.ones([1, 3]) } as Tensors;
  for (const way of [hard(), film(), adapters(), lora({ units: 2 })] as Any[])
    expect(() => way.apply(toTensors(made(way).params as object), odd, infer(), tasks)).toThrow('["first"]');
});
