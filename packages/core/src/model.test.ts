import '@tensorflow/tfjs-backend-cpu';
import { fold, hostTensor, key, leaves, type Tree } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from './gradients.ts';
import { normal } from './initializers.ts';
import { context } from './layer.ts';
import { dense } from './layers/dense.ts';
import { dropout } from './layers/dropout.ts';
import { sequential } from './layers/sequential.ts';
import { softmaxCrossEntropy } from './losses/softmax-cross-entropy.ts';
import { squaredError } from './losses/squared-error.ts';
import { defineModel, type OutputSharing, type Sharing, type Task } from './model.ts';
import { random } from './random.ts';
import { recorder } from './recorder.ts';
import { stopGradient } from './stop-gradient.ts';
import { toTensors } from './testing/finite-differences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const topic = {
  layer: dense({ units: 3 }),
  loss: (logits: tf.Tensor, { classes }: { classes: tf.Tensor }) => softmaxCrossEntropy(logits, classes),
};
const price = {
  layer: dense({ units: 1 }),
  loss: (outputs: tf.Tensor, { values }: { values: tf.Tensor }) => squaredError(outputs, values),
};
const model = () =>
  defineModel({ encoder: dense({ units: 4, activation: 'tanh' }), inputShape: [2], tasks: { topic, price } });
const infer = context('infer', random(key(1)));
const inputs = () => tf.tensor2d([0.3, -0.2, 1, 0.5, -0.7, 0.1], [3, 2]);
const targets = () => ({
  topic: { classes: tf.tensor1d([2, -1, 0], 'int32') },
  price: { values: tf.tensor2d([1, 2, -1], [3, 1]) },
});
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];

describe('init', () => {
  test('parameters stand under encoder and under the names of the tasks', () => {
    const paths = leaves(model().init(key(1)) as Tree<unknown>).map(([path]) => path);
    expect(paths).toEqual([
      'encoder.weight',
      'encoder.bias',
      'heads.topic.weight',
      'heads.topic.bias',
      'heads.price.weight',
      'heads.price.bias',
    ]);
  });

  test('heads are as wide as the representation', () => {
    const { encoder, heads } = model().init(key(1));
    expect(encoder.weight.shape).toEqual([2, 4]);
    expect(heads.topic.weight.shape).toEqual([4, 3]);
    expect(heads.price.weight.shape).toEqual([4, 1]);
  });

  test('equal keys give equal parameters, other keys others', () => {
    expect(model().init(key(1))).toEqual(model().init(key(1)));
    expect(model().init(key(2)).encoder.weight).not.toEqual(model().init(key(1)).encoder.weight);
  });

  test('a task keeps its first values when another joins, and two tasks of one kind start differently', () => {
    const encoder = dense({ units: 4 });
    const alone = defineModel({ encoder, inputShape: [2], tasks: { topic } }).init(key(1));
    const both = defineModel({ encoder, inputShape: [2], tasks: { other: topic, topic } }).init(key(1));
    expect(both.encoder).toEqual(alone.encoder);
    expect(both.heads.topic).toEqual(alone.heads.topic);
    expect(both.heads.other).not.toEqual(both.heads.topic);
  });
});

describe('forward', () => {
  test('the tasks keep the order in which they were given', () => {
    expect(model().tasks).toEqual(['topic', 'price']);
    expect(Object.keys(model().init(key(1)).heads)).toEqual(['topic', 'price']);
  });

  test('all heads see the one representation of the encoder', () => {
    const params = toTensors({
      encoder: {
        weight: hostTensor('float32', [2, 4], [1, 0, 0, 0, 0, 1, 0, 0]),
        bias: hostTensor('float32', [4], [0, 0, 0, 1]),
      },
      heads: {
        topic: {
          weight: hostTensor('float32', [4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]),
          bias: hostTensor('float32', [3], [0, 0, 0]),
        },
        price: { weight: hostTensor('float32', [4, 1], [2, 2, 0, 0]), bias: hostTensor('float32', [1], [1]) },
      },
    });
    // tanh of (x₁, x₂, 0, 1), then the columns that the heads pick
    const representation = model().represent(params, tf.tensor2d([0.5, -1], [1, 2]), infer);
    const expected = [Math.tanh(0.5), Math.tanh(-1), 0, Math.tanh(1)];
    numbers(representation).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 6);
    });
    const outputs = model().outputs(params, representation, infer);
    [expected[0]!, expected[1]!, expected[3]!].forEach((value, at) => {
      expect(numbers(outputs.topic)[at]).toBeCloseTo(value, 6);
    });
    expect(numbers(outputs.price)[0]).toBeCloseTo(2 * (expected[0]! + expected[1]!) + 1, 6);
  });

  test('losses are those of the tasks, each with its own count', () => {
    const own = toTensors(model().init(key(1)));
    const representation = model().represent(own, inputs(), infer);
    const outputs = model().outputs(own, representation, infer);
    const losses = model().losses(own, representation, targets(), infer);
    expect(Object.keys(losses)).toEqual(['topic', 'price']);
    expect(numbers(losses.topic.sum)).toEqual(numbers(topic.loss(outputs.topic, targets().topic).sum));
    expect(numbers(losses.price.sum)).toEqual(numbers(price.loss(outputs.price, targets().price).sum));
    expect([numbers(losses.topic.count)[0], numbers(losses.price.count)[0]]).toEqual([2, 3]);
  });

  test('a head may give more than one tensor', () => {
    const pair: Task<
      { readonly weight: tf.Tensor; readonly bias?: tf.Tensor },
      { readonly values: tf.Tensor },
      readonly [tf.Tensor, tf.Tensor]
    > = {
      layer: {
        init: dense({ units: 2 }).init,
        apply: (params, x, how) => tf.split(dense({ units: 2 }).apply(params, x, how), 2, 1) as [tf.Tensor, tf.Tensor],
      },
      loss: ([low, high], { values }) => squaredError(tf.sub(high, low), values),
    };
    const ranges = defineModel({ encoder: dense({ units: 4 }), inputShape: [2], tasks: { pair } });
    const params = toTensors(ranges.init(key(1)));
    const representation = ranges.represent(params, inputs(), infer);
    expect(ranges.outputs(params, representation, infer).pair.map(({ shape }) => shape)).toEqual([
      [3, 1],
      [3, 1],
    ]);
    const { pair: loss } = ranges.losses(params, representation, { pair: targets().price }, infer);
    expect(numbers(loss.count)).toEqual([3]);
  });
});

describe('gradients', () => {
  test("the loss of a task reaches the encoder and its own head, not the other's", () => {
    const params = toTensors(model().init(key(1)));
    const flat = Object.fromEntries(leaves<tf.Tensor>(params as Tree<tf.Tensor>));
    const { gradients: found } = gradients(
      () => model().losses(params, model().represent(params, inputs(), infer), targets(), infer).topic.sum,
      flat,
    );
    const reached = Object.entries(found).flatMap(([path, gradient]) => (gradient === null ? [] : [path]));
    expect(reached).toEqual(['encoder.weight', 'encoder.bias', 'heads.topic.weight', 'heads.topic.bias']);
  });
});

describe('context', () => {
  const noisy = () => sequential({ dropped: dropout({ rate: 0.5 }), out: dense({ units: 32 }) });

  test('encoder and heads draw from streams of their own', () => {
    const task = { ...topic, layer: noisy() };
    const two = defineModel({ encoder: dropout({ rate: 0.5 }), inputShape: [64], tasks: { one: task, other: task } });
    const initial = two.init(key(1));
    const params = toTensors({ ...initial, heads: { one: initial.heads.one, other: initial.heads.one } });
    const train = context('train', random(key(2)));
    const ones = tf.ones([1, 64]);
    const { one, other } = two.outputs(params, ones, train);
    expect(numbers(one)).not.toEqual(numbers(other));
    expect(numbers(two.outputs(params, ones, train).one)).toEqual(numbers(one));
    expect(numbers(two.outputs(params, ones, infer).one)).toEqual(numbers(two.outputs(params, ones, infer).other));
  });

  test('what parts record stands below the encoder and the names of the tasks', () => {
    const seen: string[] = [];
    const telling = (name: string) => ({
      init: dense({ units: 3 }).init,
      apply: (params: { weight: tf.Tensor }, x: tf.Tensor, how: typeof infer) => {
        how.record.observe(name, x);
        return dense({ units: 3, bias: false }).apply(params, x, how);
      },
    });
    const record = { loss: () => {}, observe: (name: string) => void seen.push(name) };
    const spoken = defineModel({
      encoder: telling('input'),
      inputShape: [2],
      tasks: { topic: { ...topic, layer: telling('features') } },
    });
    const params = toTensors(spoken.init(key(1)));
    const how = context('infer', random(key(1)), record);
    spoken.outputs(params, spoken.represent(params, inputs(), how), how);
    expect(seen).toEqual(['encoder.input', 'topic.features']);
  });
});

describe('sharing', () => {
  /** Every task has a matrix of its own between encoder and head. */
  const own: Sharing<Readonly<Record<string, tf.Tensor>>> = {
    init: (at, [width], tasks) => ({
      params: Object.fromEntries(
        tasks.map((task) => [task, normal({ standardDeviation: 1 })(fold(at, task), [width!, 5])]),
      ),
      outputShapes: Object.fromEntries(tasks.map((task) => [task, [5]])),
    }),
    apply: (params, x, { record }, tasks) => {
      record.observe('seen', x);
      return Object.fromEntries(tasks.map((task) => [task, tf.matMul(x, params[task]!)]));
    },
  };
  /** The price is that of the head and, on top, the first logit of the topic. */
  const onTop: OutputSharing<{ readonly factor: tf.Tensor }> = {
    init: () => ({ params: { factor: hostTensor('float32', [], [2]) } }),
    apply: ({ factor }, outputs) => ({
      ...outputs,
      price: tf.add(outputs.price!, tf.mul(factor, tf.slice(outputs.topic!, [0, 0], [-1, 1]))),
    }),
  };
  const shared = defineModel({
    encoder: dense({ units: 4 }),
    inputShape: [2],
    sharing: own,
    tasks: { topic, price },
    outputs: onTop,
  });

  test('heads are as wide as the features of their task, and see those', () => {
    const host = shared.init(key(1));
    expect(host.heads.topic.weight.shape).toEqual([5, 3]);
    const params = toTensors(host);
    const x = shared.represent(params, inputs(), infer);
    const features = tf.matMul(x, params.sharing.topic!);
    const expected = tf.add(tf.matMul(features, params.heads.topic.weight), params.heads.topic.bias!);
    expect(numbers(shared.outputs(params, x, infer).topic)).toEqual(numbers(expected));
  });

  test('outputs listen to each other before they are judged', () => {
    const params = toTensors(shared.init(key(1)));
    const x = shared.represent(params, inputs(), infer);
    const alone = defineModel({ encoder: dense({ units: 4 }), inputShape: [2], sharing: own, tasks: { topic, price } });
    const [before, after] = [alone.outputs(params, x, infer), shared.outputs(params, x, infer)];
    const logits = numbers(before.topic);
    numbers(after.price).forEach((value, row) => {
      expect(value).toBeCloseTo(numbers(before.price)[row]! + 2 * logits[3 * row]!, 5);
    });
    const judged = shared.losses(params, x, targets(), infer).price;
    expect(numbers(judged.sum)).toEqual(numbers(squaredError(after.price, targets().price.values).sum));
  });

  test('what is recorded stands under sharing', () => {
    const { record, recorded } = recorder();
    const params = toTensors(shared.init(key(1)));
    const how = context('infer', random(key(1)), record);
    shared.outputs(params, shared.represent(params, inputs(), how), how);
    expect(Object.keys(recorded().observed)).toEqual(['sharing.seen']);
    expect(recorded().losses).toEqual({});
  });
});

test('no gradient flows through stopGradient: its values pass, what nothing else reaches has none', () => {
  const tree = { x: tf.scalar(3), y: tf.scalar(5) };
  const { value, gradients: found } = gradients(() => tf.mul(stopGradient(tree.x), tf.add(tree.y, tree.y)), tree);
  expect(numbers(value)).toEqual([30]);
  expect(found.x).toBeNull();
  expect(numbers(found.y!)).toEqual([6]);
});

test('ties see the parameters of all heads, and what they record is a loss of the model', () => {
  const tied = defineModel({
    encoder: dense({ units: 4, activation: 'tanh' }),
    inputShape: [2],
    tasks: { topic, price },
    ties: (heads, { record }) => {
      expect(Object.keys(heads)).toEqual(['topic', 'price']);
      record.loss('length', tf.sum(tf.square(heads.price.weight as tf.Tensor)));
    },
  });
  const params = toTensors(tied.init(key(1))) as never;
  const { record, recorded } = recorder();
  const how = context('train', random(key(1)), record);
  tied.losses(params, tied.represent(params, inputs(), how), targets(), how);
  expect(Object.keys(recorded().losses)).toEqual(['heads.length']);
});
