import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, hostTensor, key, leaves, type Shape, type Tree } from '@polytask/base';
import {
  type AnyLayer,
  activation,
  context,
  conv2d,
  dense,
  globalAveragePool2d,
  gradients,
  maxPool2d,
  noRandom,
  recorder,
  type Sharing,
  sequential,
  type Tensors,
} from '@polytask/core';
import { finiteDifferences, toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { mtan } from './mtan.ts';
import { type MtanStage, stageOf } from './mtan-trunk.ts';
import { planted } from './testing/planted.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tasks = ['kind', 'mood'];
type Params = Tree<HostTensor>;
// biome-ignore lint/suspicious/noExplicitAny: parameters are each way's own business
type Any = Sharing<any, Tensors>;
type Maps = Readonly<Record<string, tf.Tensor>>;

const conv = (filters: number, stride = 1): AnyLayer => conv2d({ filters, stride, activation: 'tanh' });
const pooled = (filters: number): AnyLayer => sequential({ pool: maxPool2d(), convolution: conv(filters) as never });
const inputShape = [6, 5, 2];
/** Of 6 × 5 places with 3 and 4 channels, then, behind a pool, of 3 × 2 with 5 and 4. */
const stages: MtanStage[] = [
  { first: conv(3), last: conv(4) },
  { first: pooled(5), last: conv(4) },
];
const norm = (count: number) => 4 * count;
const parameters = {
  trunk: 9 * 2 * 3 + 3 + (9 * 3 * 4 + 4) + (9 * 4 * 5 + 5) + (9 * 5 * 4 + 4),
  // first: 3 → 4 → 4; second: 5 of the trunk and 5 of the convolution before → 4 → 4; each behind a norm, without bias
  masks: 3 * 4 + 4 * 4 + 2 * norm(4) + (10 * 4 + 4 * 4 + 2 * norm(4)),
  convolutions: 9 * 4 * 5 + 9 * 4 * 4,
  norms: norm(5) + norm(4),
};

const images = (batch: number, shape: Shape = inputShape) =>
  tf.tensor(
    Float32Array.from({ length: batch * shape.reduce((a, b) => a * b) }, (_, at) => Math.sin(1 + 2.3 * at)),
    [batch, ...shape],
  );
const numbers = (x: tf.Tensor | undefined) => [...x!.dataSync()];
const infer = () => context('infer', noRandom);
const made = (way: Any, shape: Shape = inputShape) => way.init(key(5), shape, tasks);
const tensorsOf = (way: Any, shape: Shape = inputShape) =>
  toTensors(moved(made(way, shape).params as Params) as object);
/** What starts at 0 or 1, such as norms, is moved away from there; variances stay positive. */
function moved(params: Params): Params {
  let at = 0;
  const visit = (tree: unknown): unknown => {
    if (typeof tree === 'object' && tree !== null && 'data' in tree) {
      const { shape, data } = tree as HostTensor;
      const values = Float32Array.from(data, (value) =>
        value === 0 ? 0.3 * Math.cos(++at) : value === 1 ? 1 + 0.3 * Math.cos(++at) : value,
      );
      return hostTensor('float32', [...shape], values);
    }
    if (Array.isArray(tree)) return tree.map(visit);
    return Object.fromEntries(Object.entries(tree as object).map(([name, child]) => [name, visit(child)]));
  };
  return visit(params) as Params;
}
const flatOf = (params: unknown) => Object.fromEntries(leaves(params as Params));
const largest = (left: readonly number[], right: readonly number[]) => {
  expect(left.length).toBe(right.length);
  expect(left.length).toBeGreaterThan(0);
  return Math.max(...left.map((value, at) => Math.abs(value - right[at]!)));
};
/** The features of a trunk, by itself. */
function trunk(list: readonly MtanStage[], params: unknown, x: tf.Tensor) {
  return list.map(stageOf).map((stage, at) => {
    const own = (params as { stages: Record<string, never>[] }).stages[at]!;
    const first = (stage.whole ?? stage.first).apply(stage.whole ? own : own.first!, x, infer()) as tf.Tensor;
    x = stage.whole ? first : (stage.last.apply(own.last!, first, infer()) as tf.Tensor);
    return { first, last: x };
  });
}

describe('mtan of maps', () => {
  const way: Any = mtan({ stages });

  it('gives every task maps of the last stage, also of one image', () => {
    expect(made(way).outputShapes).toEqual({ kind: [3, 2, 4], mood: [3, 2, 4] });
    for (const batch of [1, 3]) {
      const features = way.apply(tensorsOf(way), images(batch), infer(), tasks) as Maps;
      for (const task of tasks) expect(features[task]!.shape).toEqual([batch, 3, 2, 4]);
    }
  });

  it('has as many parameters as counted by hand, with and without norms, the same for the same key', () => {
    const count = (params: unknown) => leaves(params as Params).reduce((sum, [, { data }]) => sum + data.length, 0);
    const { trunk: shared, masks, convolutions, norms } = parameters;
    expect(count(made(way).params)).toBe(shared + convolutions + 2 * (masks + norms));
    expect(made(way).params).toEqual(made(way).params);
    // a bias for each output in the place of four numbers of its norm
    const plain = shared + convolutions + 5 + 4 + 2 * (masks - 4 * norm(4) + 4 * 4);
    expect(count(made(mtan({ stages, batchNorm: false })).params)).toBe(plain);
  });

  it('is what the paper says, step by step', () => {
    const params = tensorsOf(way) as never as {
      masks: Record<string, Record<'inner' | 'outer' | 'innerNorm' | 'outerNorm', Record<string, tf.Tensor>>[]>;
      convolutions: { filter: tf.Tensor4D }[];
      norms: Record<string, Record<string, tf.Tensor>[]>;
    };
    const x = images(2);
    const normal = (y: tf.Tensor, { scale, bias, mean, variance }: Record<string, tf.Tensor>) =>
      tf.batchNorm(y as tf.Tensor4D, mean as never, variance as never, bias as never, scale as never, 1e-5);
    const oneByOne = (y: tf.Tensor, weight: tf.Tensor) =>
      tf.conv2d(y as tf.Tensor4D, tf.expandDims(tf.expandDims(weight, 0), 0) as tf.Tensor4D, 1, 'valid');
    const [block, next] = trunk(stages, params, x);
    const features = way.apply(params, x, infer(), tasks) as Maps;
    for (const task of tasks) {
      const attention = (seen: tf.Tensor, at: number) => {
        const { inner, outer, innerNorm, outerNorm } = params.masks[task]![at]!;
        const hidden = tf.relu(normal(oneByOne(seen, inner.weight!), innerNorm));
        return tf.sigmoid(normal(oneByOne(hidden, outer.weight!), outerNorm));
      };
      const onwards = (y: tf.Tensor, at: number) =>
        tf.relu(normal(tf.conv2d(y as tf.Tensor4D, params.convolutions[at]!.filter, 1, 1), params.norms[task]![at]!));
      const first = onwards(tf.mul(attention(block!.first, 0), block!.last), 0);
      const shrunk = tf.maxPool(first as tf.Tensor4D, 2, 2, 'valid');
      const second = onwards(tf.mul(attention(tf.concat([next!.first, shrunk], 3), 1), next!.last), 1);
      expect(largest(numbers(features[task]), numbers(second))).toBeLessThan(1e-5);
    }
  });

  it('treats images alone as in a batch, and trains on one', () => {
    const params = tensorsOf(way);
    const whole = way.apply(params, images(3), infer(), tasks) as Maps;
    const alone = way.apply(params, images(1), infer(), tasks) as Maps;
    for (const task of tasks)
      expect(largest(numbers(alone[task]), numbers(whole[task]).slice(0, 24))).toBeLessThan(1e-5);
    const one = way.apply(params, images(1), context('train', noRandom), tasks) as Maps;
    for (const task of tasks) expect(numbers(one[task]).every(Number.isFinite)).toBe(true);
  });

  it('shows its masks by task and stage, one number between 0 and 1 for each of the shared features', () => {
    const { record, recorded } = recorder();
    way.apply(tensorsOf(way), images(2), context('infer', noRandom, record), tasks);
    const { observed } = recorded();
    expect(Object.fromEntries(Object.entries(observed).map(([name, { shape }]) => [name, shape]))).toEqual({
      'mask.kind.0': [2, 6, 5, 4],
      'mask.kind.1': [2, 3, 2, 4],
      'mask.mood.0': [2, 6, 5, 4],
      'mask.mood.1': [2, 3, 2, 4],
    });
    for (const mask of Object.values(observed))
      for (const value of numbers(mask)) expect(value > 0 && value < 1).toBe(true);
  });

  it.each([
    ['infer', true],
    ['train', true],
    ['infer', false],
  ] as const)('has right gradients in mode %s, with norms: %s', (mode, isNormed) => {
    const small = [4, 4, 1];
    const own: Any = mtan({ stages: [conv(2), { first: pooled(2), last: conv(2) }], batchNorm: isNormed });
    const tree = moved(made(own, small).params as Params);
    const flat = flatOf(tree) as Record<string, HostTensor>;
    const running = (path: string) => /orms?\b.*(mean|variance)$|Norm\.(mean|variance)$/.test(path);
    const fixed = Object.fromEntries(Object.entries(flat).filter(([path]) => running(path)));
    const free = Object.fromEntries(Object.entries(flat).filter(([path]) => !running(path)));
    expect(Object.keys(fixed).length).toBe(isNormed ? 24 : 0);
    const constants = toTensors(fixed) as Record<string, tf.Tensor>;
    const loss = (tensors: Record<string, tf.Tensor>) => {
      const params = planted(tree as Tree<unknown>, { ...constants, ...tensors });
      const features = own.apply(params, images(2, small), context(mode, noRandom), tasks) as Maps;
      const parts = tasks.map((task, at) => tf.sum(tf.mul(at + 1, tf.sin(features[task]!))));
      return tf.add(parts[0]!, parts[1]!) as tf.Scalar;
    };
    // a small step: relu and maxima have corners
    expect(finiteDifferences(loss, free, { step: 2 ** -10 }).error).toBeLessThan(5e-3);
    const tensors = toTensors(free) as Record<string, tf.Tensor>;
    const { gradients: found } = gradients(() => loss(tensors), tensors);
    for (const [path, gradient] of Object.entries(found)) {
      expect(gradient, path).not.toBeNull();
      // without norms of the batch a relu may be 0 for all
      if (mode === 'train') expect(numbers(tf.sum(tf.abs(gradient!)))[0], path).toBeGreaterThan(0);
    }
  });

  it('a task moves its own masks and norms, and those that all share, not those of others', () => {
    const flat = flatOf(moved(made(way).params as Params)) as Record<string, HostTensor>;
    const tensors = toTensors(flat) as Record<string, tf.Tensor>;
    const params = planted(made(way).params as Tree<unknown>, tensors);
    const { gradients: found } = gradients(
      () => tf.sum((way.apply(params, images(2), context('train', noRandom), tasks) as Maps).kind!) as tf.Scalar,
      tensors,
    );
    for (const [path, gradient] of Object.entries(found)) {
      if (/^(masks|norms)\.mood/.test(path)) expect(gradient, path).toBeNull();
      if (/^(stages|convolutions)/.test(path)) expect(gradient, path).not.toBeNull();
    }
  });

  it('keeps running statistics of each norm of each task, of examples alone', () => {
    const params = tensorsOf(way);
    const states = (x: tf.Tensor, examples?: tf.Tensor) => {
      const found: [held: tf.Tensor, next: number[]][] = [];
      const record = {
        loss: () => {},
        observe: () => {},
        state: (held: tf.Tensor, next: tf.Tensor) => void found.push([held, numbers(next)]),
      };
      way.apply(params, x, context('train', noRandom, record, examples), tasks);
      return found;
    };
    const plain = states(images(2));
    expect(new Set(plain.map(([held]) => held)).size).toBe(plain.length);
    expect(plain.length).toBe(2 * 2 * 3 * 2); // tasks, stages, norms, mean and variance
    const padded = states(tf.concat([images(2), tf.fill([2, ...inputShape], 7)]), tf.scalar(2, 'int32'));
    for (const [at, [, next]] of padded.entries()) expect(largest(next, plain[at]![1])).toBeLessThan(1e-4);
  });

  it('with masks of 1 the tasks see the shared features', () => {
    const params = made(mtan({ stages: [conv(2)], batchNorm: false })).params as {
      masks: Record<string, [{ outer: { bias: HostTensor } }]>;
    };
    const open = Object.fromEntries(
      Object.entries(params.masks).map(([task, [mask]]) => [
        task,
        [{ ...mask, outer: { ...mask.outer, bias: hostTensor('float32', [2], [99, 99]) } }],
      ]),
    );
    const own = toTensors({ ...params, masks: open } as object) as never as {
      convolutions: [{ filter: tf.Tensor4D; bias: tf.Tensor }];
    };
    const features = mtan({ stages: [conv(2)], batchNorm: false }).apply(own as never, images(2), infer(), tasks);
    const [stage] = trunk([conv(2)], own, images(2));
    const [{ filter, bias }] = own.convolutions;
    const expected = numbers(tf.relu(tf.add(tf.conv2d(stage!.last as tf.Tensor4D, filter, 1, 1), bias)));
    for (const task of tasks) expect(largest(numbers(features[task] as tf.Tensor), expected)).toBeLessThan(1e-5);
  });
});

describe('any list of layers is a trunk', () => {
  it('that shrinks by convolutions at stride 2, which round up', () => {
    const way: Any = mtan({ stages: [conv(3), conv(4, 2), conv(5, 2)] });
    const { outputShapes } = made(way, [9, 7, 2]);
    expect(outputShapes.kind).toEqual([3, 2, 5]);
    const { record, recorded } = recorder();
    const how = context('infer', noRandom, record);
    const features = way.apply(tensorsOf(way, [9, 7, 2]), images(2, [9, 7, 2]), how, tasks) as Maps;
    expect(features.kind!.shape).toEqual([2, 3, 2, 5]);
    expect(recorded().observed['mask.mood.1']!.shape).toEqual([2, 5, 4, 4]);
  });

  it('that is the encoder, which gives its levels', () => {
    const inside: Any = mtan({ stages });
    const params = tensorsOf(inside) as Record<string, unknown>;
    const outside: Any = mtan({ levels: [4, 4] });
    // the same widths first and last
    const plain: Any = mtan({ stages: [conv(4), pooled(4)] });
    const own = tensorsOf(plain) as Record<string, unknown>;
    const levels = trunk([conv(4), pooled(4)], own, images(2)).map(({ last }) => ({ last }));
    const { outputShapes, params: made4 } = outside.init(key(5), [3, 2, 4], tasks);
    expect(outputShapes.kind).toEqual([3, 2, 4]);
    const { stages: _, ...rest } = own;
    expect(leaves(made4 as Params).map(([path, { shape }]) => [path, shape])).toEqual(
      leaves<tf.Tensor>(rest as never).map(([path, { shape }]) => [path, shape]),
    );
    const expected = plain.apply(own, images(2), infer(), tasks) as Maps;
    const found = outside.apply(rest, levels as never, infer(), tasks) as Maps;
    for (const task of tasks) expect(numbers(found[task])).toEqual(numbers(expected[task]));
    expect(() => outside.apply(rest, [levels[0]] as never, infer(), tasks)).toThrow('2 levels. Found 1.');
    expect(() => outside.apply(rest, images(1), infer(), tasks)).toThrow('2 levels. Found no list.');
    expect(params.stages).toBeDefined();
  });

  it('that gives vectors, of which each stage may have two layers', () => {
    const way: Any = mtan({ stages: [{ first: dense({ units: 3 }), last: dense({ units: 4 }) }, dense({ units: 2 })] });
    const { params, outputShapes } = way.init(key(1), [5], tasks);
    expect(outputShapes.mood).toEqual([2]);
    const masks = (params as { masks: Record<string, { inner: { weight: HostTensor } }[]> }).masks.kind!;
    expect(masks.map(({ inner }) => inner.weight.shape)).toEqual([
      [3, 4],
      [2 + 4, 2],
    ]);
    expect(params).not.toHaveProperty('convolutions');
  });
});

it('trunks that cannot be followed are refused by name', () => {
  const refused =
    (list: readonly MtanStage[], shape: Shape = inputShape) =>
    () =>
      made(mtan({ stages: list }), shape);
  expect(refused([])).toThrow('at least one layer');
  const flat = sequential({ pool: globalAveragePool2d(), activation: activation('relu') });
  expect(refused([conv(2), flat])).toThrow('stages that all give vectors');
  const thrice: AnyLayer = conv2d({ filters: 2, size: 1, stride: 4 });
  expect(refused([conv(2), thrice], [8, 8, 2])).not.toThrow();
  const valid: AnyLayer = conv2d({ filters: 2, size: 3, padding: 0 });
  expect(refused([conv(2), valid], [8, 8, 2])).toThrow('divide both by one whole number. Found [8,8] and then [6,6].');
  expect(refused([{ first: conv(2), last: conv(2, 2) }])).toThrow('two layers of a stage the same places');
  expect(() => made(mtan({ stages: [dense({ units: 2 })], batchNorm: true }), [3])).toThrow(RangeError);
  expect(() => mtan({ levels: [3, 0] })).toThrow('mtan.levels.1');
  expect(() => mtan({ stages, levels: [3, 4] })).toThrow('mtan.stages, mtan.levels: expected one of them');
  expect(() => made(mtan({ levels: [3, 4] }), [2, 2, 5])).toThrow('[height, width, 4]. Found [2,2,5]');
});
