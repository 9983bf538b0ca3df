import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, key, leaves, type Tree } from '@polytask/base';
import { context, dense, noRandom, recorder, type Sharing, type Tensors } from '@polytask/core';
import { finiteDifferences, toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapters } from './adapters.ts';
import { cgc } from './cgc.ts';
import { crossStitch } from './cross-stitch.ts';
import { esmm } from './esmm.ts';
import { film } from './film.ts';
import { hard } from './hard.ts';
import { lora } from './lora.ts';
import { mmoe } from './mmoe.ts';
import { mtan } from './mtan.ts';
import { omoe } from './omoe.ts';
import { outputAttention } from './output-attention.ts';
import { ple } from './ple.ts';
import { soft } from './soft.ts';
import { taskAttention } from './task-attention.ts';
import { moved, planted } from './testing/planted.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tasks = ['topic', 'mood'];
const layer = (units = 4) => dense({ units, activation: 'tanh' });
const inputShape = [3];
// biome-ignore lint/suspicious/noExplicitAny: the parameters differ from way to way
type Any = Sharing<any, Tensors>;
const dense34 = 3 * 4 + 4;
const dense44 = 4 * 4 + 4;

/** A way of sharing, the features it gives, its parameters counted by hand for 3 features and 2 tasks, and what it shows. */
const ways: readonly [name: string, way: Any, units: number, parameters: number, observed: readonly string[]][] = [
  ['hard', hard({ tower: layer() }), 4, dense34, []],
  ['soft', soft({ tower: layer() }), 4, 2 * dense34, []],
  [
    'cross-stitch',
    crossStitch({ stages: [layer(), layer()] }),
    4,
    2 * (dense34 + dense44) + 2 * 4,
    ['stitch.0', 'stitch.1'],
  ],
  ['cross-stitch per channel', crossStitch({ stages: [layer()], perChannel: true }), 4, 2 * dense34 + 16, ['stitch.0']],
  ['mmoe', mmoe({ expert: layer(), experts: 3 }), 4, 3 * dense34 + 2 * 9, ['gate.mood', 'gate.topic']],
  ['omoe', omoe({ expert: layer(), experts: 3 }), 4, 3 * dense34 + 9, ['gate']],
  ['cgc', cgc({ expert: layer(), shared: 1, specific: 2 }), 4, 5 * dense34 + 2 * 9, ['gate.mood', 'gate.topic']],
  [
    'ple',
    ple({ levels: [layer(), layer()], shared: 1, specific: 1 }),
    4,
    3 * dense34 + 2 * 6 + 9 + 3 * dense44 + 2 * 8,
    ['0.gate.mood', '0.gate.topic', '0.sharedGate', '1.gate.mood', '1.gate.topic'],
  ],
  [
    'mtan',
    mtan({ stages: [layer(), layer()] }),
    4,
    dense34 + dense44 + 2 * (2 * dense44 + (8 * 4 + 4) + dense44),
    ['mask.mood.0', 'mask.mood.1', 'mask.topic.0', 'mask.topic.1'],
  ],
  ['film', film({ width: 2 }), 3, 2 * 2 + 2 * 6, ['scale.mood', 'scale.topic', 'shift.mood', 'shift.topic']],
  ['adapters', adapters({ width: 8 }), 3, 2 * (24 + 8 + 24 + 3), []],
  ['lora', lora({ units: 4, rank: 2, frozen: false }), 4, dense34 + 2 * (6 + 8), []],
  ['task attention', taskAttention({ tower: layer() }), 4, 2 * dense34 + 3 * 16, ['attention']],
];

const inputs = (batch: number) =>
  tf.tensor2d(
    Array.from({ length: batch * 3 }, (_, at) => Math.sin(1 + 2.3 * at)),
    [batch, 3],
  );
const numbers = (x: tf.Tensor | undefined) => [...x!.dataSync()];
const infer = () => context('infer', noRandom);
const made = (way: Any, names = tasks, seed = 5) => way.init(key(seed), inputShape, names);
const run = (way: Any, params: Tree<HostTensor>, batch = 5, names = tasks) =>
  way.apply(toTensors(params as object), inputs(batch), infer(), names) as Readonly<Record<string, tf.Tensor>>;

describe.each(ways)('%s', (_, way, units, parameters, observed) => {
  it('gives every task features of the shape it promised, also of one example', () => {
    const { params, outputShapes } = made(way);
    expect(outputShapes).toEqual({ topic: [units], mood: [units] });
    for (const batch of [1, 5]) {
      const features = run(way, params as Tree<HostTensor>, batch);
      expect(Object.keys(features)).toEqual(tasks);
      for (const task of tasks) expect(features[task]!.shape).toEqual([batch, units]);
    }
  });

  it('treats examples alone as in a batch', () => {
    const params = made(way).params as Tree<HostTensor>;
    const whole = run(way, params, 5);
    const alone = run(way, params, 1);
    for (const task of tasks) {
      numbers(alone[task]).forEach((value, at) => {
        expect(value).toBeCloseTo(numbers(whole[task])[at]!, 5);
      });
    }
  });

  it('has as many parameters as counted by hand, the same for the same key', () => {
    const params = made(way).params as Tree<HostTensor>;
    expect(leaves(params).reduce((sum, [, { data }]) => sum + data.length, 0)).toBe(parameters);
    expect(made(way).params).toEqual(params);
    expect(made(way, tasks, 6).params).not.toEqual(params);
  });

  it('has right gradients of every parameter', () => {
    const params = made(way).params as Tree<HostTensor>;
    const flat = moved(params);
    const loss = (tensors: Record<string, tf.Tensor>) => {
      const features = way.apply(planted(params, tensors), inputs(2), infer(), tasks);
      const parts = tasks.map((task, at) => tf.sum(tf.mul(at + 1, tf.sin(features[task] as tf.Tensor))));
      return tf.add(parts[0]!, parts[1]!) as tf.Scalar;
    };
    expect(finiteDifferences(loss, flat).error).toBeLessThan(5e-3);
    const reached = tf.grads((...list: tf.Tensor[]) =>
      loss(Object.fromEntries(Object.keys(flat).map((path, at) => [path, list[at]!]))),
    )(Object.values(toTensors(flat)));
    for (const gradient of reached) expect(numbers(tf.sum(tf.abs(gradient)))[0]).toBeGreaterThan(0);
  });

  it('shows its weights by name', () => {
    const { record, recorded } = recorder();
    way.apply(toTensors(made(way).params), inputs(5), context('infer', noRandom, record), tasks);
    expect(Object.keys(recorded().observed).sort()).toEqual([...observed]);
    for (const [name, value] of Object.entries(recorded().observed)) {
      if (!/gate|attention|Gate/.test(name)) continue;
      for (const sum of numbers(tf.sum(value, -1))) expect(sum).toBeCloseTo(1, 5);
    }
  });

  it('serves one task, and many', () => {
    for (const names of [['only'], ['a', 'b', 'c', 'd']]) {
      expect(Object.keys(run(way, made(way, names).params as Tree<HostTensor>, 2, names))).toEqual(names);
    }
  });
});

function expectEqual(left: Readonly<Record<string, tf.Tensor>>, right: Readonly<Record<string, tf.Tensor>>) {
  for (const task of tasks)
    numbers(left[task]).forEach((value, at) => {
      expect(value).toBeCloseTo(numbers(right[task])[at]!, 6);
    });
}

describe('identities', () => {
  it('MMoE with one expert is hard sharing', () => {
    const params = made(mmoe({ expert: layer(), experts: 1 })).params as { experts: HostTensor[] };
    expectEqual(
      run(mmoe({ expert: layer(), experts: 1 }), params as never),
      run(hard({ tower: layer() }), { tower: params.experts[0]! } as never),
    );
  });

  it('CGC without specific experts is MMoE, and one level of PLE is CGC', () => {
    const way = cgc({ expert: layer(), shared: 3, specific: 0 });
    const params = made(way).params as { shared: HostTensor[]; gates: object };
    const { shared: experts, gates } = params;
    expectEqual(run(way, params as never), run(mmoe({ expert: layer(), experts: 3 }), { experts, gates } as never));
    const both = cgc({ expert: layer(), shared: 1, specific: 2 });
    const level = made(both).params as never;
    expectEqual(
      run(both, level),
      run(ple({ levels: [layer()], shared: 1, specific: 2 }), { levels: [level] } as never),
    );
  });

  it('cross-stitch with the identity leaves separate columns, as soft sharing has them', () => {
    const way = crossStitch({ stages: [layer()], own: 1 });
    const params = made(way).params as { columns: Record<string, [HostTensor]> };
    const towers = { topic: params.columns.topic![0], mood: params.columns.mood![0] };
    expectEqual(run(way, params as never), run(soft({ tower: layer() }), { towers } as never));
  });

  it('LoRA of rank 0 is the frozen trunk, and of any rank before the first step', () => {
    const none = lora({ units: 4, rank: 0 });
    const params = made(none).params as { trunk: object };
    const low = lora({ units: 4, rank: 2 });
    const before = made(low).params as { trunk: object };
    expect(before.trunk).toEqual(params.trunk);
    expectEqual(run(none, params as never), run(low, before as never));
  });

  it('a frozen trunk gets no gradient, its low-rank parts do', () => {
    const way = lora({ units: 4, rank: 2 });
    const flat = moved(made(way).params as Tree<HostTensor>);
    const tree = made(way).params as Tree<unknown>;
    const f = (tensors: Record<string, tf.Tensor>) =>
      tf.sum(way.apply(planted(tree, tensors) as never, inputs(3), infer(), tasks).topic as tf.Tensor) as tf.Scalar;
    const names = Object.keys(flat).filter((path) => !path.startsWith('trunk') && !path.includes('mood'));
    const fixed = toTensors(flat);
    const gradients = tf.grads((...list: tf.Tensor[]) =>
      f({ ...fixed, ...Object.fromEntries(names.map((name, at) => [name, list[at]!])) }),
    )(names.map((name) => fixed[name]!));
    for (const gradient of gradients) expect(numbers(tf.sum(tf.abs(gradient)))[0]).toBeGreaterThan(0);
    expect(() => tf.grad((weight) => f({ ...fixed, 'trunk.weight': weight }))(fixed['trunk.weight']!)).toThrow();
  });

  it('FiLM and adapters start from the representation', () => {
    const x = numbers(inputs(5));
    for (const way of [film(), adapters()] as Any[]) {
      numbers(run(way, made(way).params as Tree<HostTensor>).mood).forEach((value, at) => {
        expect(value).toBeCloseTo(x[at]!, 6);
      });
    }
  });

  it('soft sharing records λ·Σ ‖θᵢ − θⱼ‖², by hand', () => {
    const { record, recorded } = recorder();
    const tower = (value: number) => ({ weight: tf.fill([3, 1], value), bias: tf.zeros([1]) });
    const way = soft({ tower: dense({ units: 1 }), strength: 0.5 });
    way.apply(
      { towers: { topic: tower(1), mood: tower(3) } } as never,
      inputs(2),
      context('train', noRandom, record),
      tasks,
    );
    expect(numbers(recorded().losses.distance)[0]).toBeCloseTo(0.5 * 3 * 4, 5);
  });
});

describe('esmm', () => {
  it('turns two logits into the logit of the product, also of extreme ones', () => {
    const way = esmm({ first: 'click', both: 'purchase' });
    const σ = (x: number) => 1 / (1 + Math.exp(-x));
    const pairs = [
      [0.3, -1],
      [2, 4],
      [-30, -30],
      [40, 40],
    ] as const;
    const column = (at: 0 | 1) => tf.tensor2d(pairs.map((pair) => [pair[at]]));
    const outputs = way.apply({}, { click: column(0), purchase: column(1) }, infer());
    numbers(outputs.purchase).forEach((logit, at) => {
      const [a, c] = pairs[at]!;
      if (Math.abs(a) < 10) expect(σ(logit)).toBeCloseTo(σ(a) * σ(c), 5);
      expect(Number.isFinite(logit)).toBe(true);
    });
    expect(numbers(outputs.click)[0]).toBeCloseTo(0.3, 6);
  });

  it('does the same with the logits of two classes, whichever of them says yes', () => {
    const one = esmm({ first: 'click', both: 'purchase' });
    const [a, c] = [tf.tensor2d([[0.3], [-2]]), tf.tensor2d([[1], [0.5]])];
    const expected = numbers(one.apply({}, { click: a, purchase: c }, infer()).purchase);
    const shifted = (logit: tf.Tensor, yes: 0 | 1) => {
      const base = tf.fill([2, 1], 0.7);
      return tf.concat(yes === 1 ? [base, tf.add(base, logit)] : [tf.add(base, logit), base], 1);
    };
    for (const [first, both] of [[1, 1], [0, 1], [1, 0]] as [0 | 1, 0 | 1][]) {
      const way = esmm({ first: 'click', both: 'purchase', yes: { first, both } });
      expect(() => way.init(key(1), { click: [2], purchase: [2] })).not.toThrow();
      const made = way.apply({}, { click: shifted(a, first), purchase: shifted(c, both) }, infer()).purchase!;
      const logits = numbers(tf.sub(tf.gather(made, [both], 1), tf.gather(made, [1 - both], 1)));
      logits.forEach((logit, at) => {
        expect(logit).toBeCloseTo(expected[at]!, 5);
      });
    } // biome-ignore format: classes
  });

  it('refuses tasks that are not there or have several outputs', () => {
    expect(() => esmm({ first: 'a', both: 'a' })).toThrow(RangeError);
    expect(() => esmm({ first: 'a', both: 'b' }).init(key(1), { a: [1], b: [3] })).toThrow('"b"');
    expect(() => esmm({ first: 'a', both: 'c' }).init(key(1), { a: [1], b: [1] })).toThrow('"c"');
  });
});

describe('outputAttention', () => {
  it('adds what other heads say, with weights that can be read', () => {
    const way = outputAttention();
    const { params } = way.init(key(2), { topic: [2], mood: [3], alone: [1] });
    const { record, recorded } = recorder();
    const outputs = { topic: tf.ones([4, 2]), mood: tf.zeros([4, 3]), alone: tf.zeros([4, 1]) };
    const heard = way.apply(toTensors(params), outputs, context('infer', noRandom, record));
    expect(Object.values(heard).map(({ shape }) => shape)).toEqual([
      [4, 2],
      [4, 3],
      [4, 1],
    ]);
    expect(numbers(heard.topic)).toEqual(Array(8).fill(1)); // the others say nothing: tanh 0
    expect(numbers(recorded().observed['attention.mood'])).toEqual([0.5, 0.5]);
    const flat = moved(params as Tree<HostTensor>);
    const f = (tensors: Record<string, tf.Tensor>) => {
      const seen = way.apply(
        planted(params as Tree<unknown>, tensors) as never,
        { ...outputs, mood: tf.fill([4, 3], 0.4) },
        infer(),
      );
      return Object.values(seen)
        .map((x) => tf.sum(tf.sin(x)))
        .reduce((left, right) => tf.add(left, right)) as tf.Scalar;
    };
    expect(finiteDifferences(f, flat).error).toBeLessThan(5e-3);
  });

  it('changes nothing with one task', () => {
    const way = outputAttention();
    const { params } = way.init(key(2), { topic: [2] });
    expect(numbers(way.apply(toTensors(params), { topic: tf.ones([1, 2]) }, infer()).topic)).toEqual([1, 1]);
  });
});

it('options that make no sense are told', () => {
  expect(() => mmoe({ expert: layer(), experts: 0 })).toThrow(RangeError);
  expect(() => crossStitch({ stages: [] })).toThrow('at least one layer');
  expect(() => cgc({ expert: layer(), shared: 0, specific: 0 })).toThrow('at least one expert');
  expect(() => soft({ tower: layer(), strength: -1 })).toThrow(RangeError);
  expect(() => lora({ units: 2, rank: -1 })).toThrow(RangeError);
  expect(() => film({ width: 0 })).toThrow(RangeError);
  expect(() => adapters().init(key(1), [], tasks)).toThrow('last axis has features');
});
