import '@tensorflow/tfjs-backend-cpu';
import { fold, hostTensor, key, leaves, mapTree, PolytaskError, type Tree, uniform } from '@polytask/base';
import { context, gradients, meanLoss, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { meanAveragePrecision } from '@polytask/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBoxes, suppressOverlaps } from './boxes.ts';
import { detect } from './detect.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
const codeOf = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    if (PolytaskError.is(error)) return error.code;
    throw error;
  }
  return undefined;
};
const box = (x: number, y: number, width: number, height: number, label = 'a') => ({ x, y, width, height, label });

describe('boxes', () => {
  test('are lists, also as JSON', () => {
    const boxes = [{ ...box(0, 1, 2, 3), difficult: true }];
    expect(readBoxes(boxes)).toEqual(boxes);
    expect(readBoxes(JSON.stringify([{ ...box(0, 1, 2, 3), label: 7, colour: 'red' }]))).toEqual([
      box(0, 1, 2, 3, '7'),
    ]);
    expect(readBoxes([])).toEqual([]);
  });

  test('what is none is refused', () => {
    expect(() => readBoxes('none')).toThrow('Expected a list of boxes. Found "none".');
    expect(() => readBoxes([box(0, 0, 0, 1)])).toThrow('Expected a positive width. Found 0.');
    expect(() => readBoxes([{ ...box(0, 0, 1, 1), x: 'left' }])).toThrow('Expected a number for x. Found "left".');
    for (const wrong of [[3], [{ ...box(0, 0, 1, 1), label: undefined }], { a: 1 }])
      expect(codeOf(() => readBoxes(wrong))).toBe('E2342');
  });

  test('that cover a better one of their label are suppressed', () => {
    const found = (x: number, score: number, label = 'a') => ({ ...box(x, 0, 10, 10, label), score });
    const [low, high, other, far] = [found(1, 0.5), found(0, 0.9), found(0, 0.6, 'b'), found(8, 0.1)];
    expect(suppressOverlaps([low, high, other, far], 0.5)).toEqual([high, other, far]);
    expect(suppressOverlaps([low, high], 0.9)).toEqual([high, low]);
    // what covers only a suppressed one stays
    const chain = [found(0, 0.9), found(3, 0.8), found(6, 0.7)];
    expect(suppressOverlaps(chain, 0.5).map(({ score }) => score)).toEqual([0.9, 0.7]);
  });
});

describe('detect', () => {
  const head = detect({ size: [8, 16] });
  const spec = head.fit([[box(0, 0, 8, 2, 'a'), box(4, 4, 8, 2, 'b')], null, []]);

  test('the spec has the labels and the mean size, and is JSON', () => {
    expect(spec).toMatchObject({ labels: ['a', 'b'], longest: 2, size: [8, 16] });
    expect(spec.logarithms.width).toBeCloseTo(Math.log(0.5), 12);
    expect(spec.logarithms.height).toBeCloseTo(Math.log(0.25), 12);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(codeOf(() => head.fit([null, []]))).toBe('E2344');
  });

  test('targets are relative; unknown labels, difficult boxes and crowds are none', () => {
    const { tensors, count } = head.target(
      [[box(4, 2, 8, 4, 'b'), box(0, 0, 1, 1, 'z'), { ...box(0, 0, 1, 1), difficult: true }], null, []],
      spec,
    );
    expect(tensors.boxes.shape).toEqual([3, 4, 4]);
    expect([...tensors.classes.data.slice(0, 4)]).toEqual([1, -1, -1, -1]);
    const [x, y, w, h] = tensors.boxes.data;
    expect([x, y, w]).toEqual([0.5, 0.5, 0]);
    expect(h).toBeCloseTo(Math.log(2), 6);
    expect([...tensors.present.data, count]).toEqual([1, 0, 1, 2]);
  });

  test('the loss by hand: one box, four cells, an image without boxes and one without labels', () => {
    // relative boxes; a grid of 1 × 2 cells
    const own = detect();
    const fitted = own.fit([[box(0.5, 0, 0.25, 1, 'a'), box(0, 0, 0.25, 1, 'b')]]);
    const { tensors, count } = own.target([[box(0.5, 0.25, 0.25, 1, 'b')], [], null], fitted);
    const right = [0.3, -0.2, 0.4, 0.1, -0.5, 1, 2]; // the centre is at 0.625, in the second cell, and 0.75
    const cells = [-1, 0, 0, 0, 0, 0, 0, ...right, ...[2, 9, 9, 9, 9, 9, 9], ...[-2, 9, 9, 9, 9, 9, 9]];
    const values = [...cells, ...Array.from({ length: 14 }, () => 50)];
    const { loss } = own.task(fitted);
    const { sum, count: found } = loss(tf.tensor(values, [3, 1, 2, 7]), toTensors(tensors) as never);
    const [softplus, sigmoid] = [(v: number) => Math.log1p(Math.exp(v)), (v: number) => 1 / (1 + Math.exp(-v))];
    const expected =
      5 * ((sigmoid(-0.2) - 0.25) ** 2 + (sigmoid(0.4) - 0.75) ** 2 + 0.1 ** 2 + 0.5 ** 2) +
      softplus(-1) + // of two logits, the right one by 1 higher
      softplus(-0.3) +
      0.5 * (softplus(-1) + softplus(2) + softplus(-2));
    expect(numbers(sum)[0]).toBeCloseTo(expected, 4);
    expect([numbers(found)[0], count]).toEqual([2, 2]);
  });

  test('one label alone has the loss of its box', () => {
    const own = detect({ size: [1, 1] });
    const fitted = own.fit([[box(0.25, 0.25, 0.5, 0.5)]]);
    const target = toTensors(own.target([[box(0.25, 0.25, 0.5, 0.5)], []], fitted).tensors);
    const cells = tf.zeros([2, 1, 1, 6]);
    const { sum } = own.task(fitted).loss(cells, target);
    // σ(0) = ½ is its centre and its size the mean: whether there is one, log 2, and half of it where there is none
    expect(numbers(sum)[0]).toBeCloseTo(1.5 * Math.log(2), 5);
  });

  test('cells become boxes in the labels’ own unit, cut at the edges, without those below the threshold or covered', () => {
    const cell = (sure: number, label: number, more = 0) => [
      sure,
      more,
      0,
      0,
      0,
      label === 0 ? 9 : -9,
      label === 1 ? 9 : -9,
    ];
    // a grid of 2 × 2; both lower cells see the same box of b, at 0.5
    const outputs = [...cell(3, 0), ...cell(-3, 0), ...cell(2, 1, 20), ...cell(1, 1, -20)];
    const [only] = head.decode(hostTensor('float32', [1, 2, 2, 7], outputs), spec);
    expect(only!.boxes.map(({ label, score }) => [label, Number(score.toFixed(3))])).toEqual([
      ['a', 0.953],
      ['b', 0.881],
    ]);
    expect(only!.boxes[0]).toMatchObject({ x: 0, y: 1, height: 2 });
    expect(only!.boxes[0]!.width).toBeCloseTo(8, 5);
    expect(only!.boxes[1]!.x).toBeCloseTo(4, 4);
    expect(only!.boxes[1]!.y).toBeCloseTo(5, 4);
    expect(() => head.decode(hostTensor('float32', [1, 2, 2, 6], new Float32Array(24)), spec)).toThrow(
      'expected shape [batch, rows, columns, 7]',
    );
  });

  test('options out of range are refused, and what is no map', () => {
    expect(() => detect({ threshold: 1 })).toThrow('threshold: expected 0 ≤ t < 1');
    expect(() => detect({ overlap: 2 })).toThrow('overlap: expected 0 to 1');
    expect(() => detect({ most: 0 })).toThrow('most: expected a positive integer');
    expect(() => detect({ size: [0, 3] })).toThrow('size: expected [height, width]');
    expect(() => detect({ filters: [0] })).toThrow(RangeError);
    expect(() => head.task(spec).layer.init(key(1), [3])).toThrow('expected a map [height, width, channels]');
  });
});

test('finds bright and dark rectangles: average precision rises from nothing', () => {
  const size = 16;
  const images = Array.from({ length: 6 }, (_, at) => {
    const [a, b, c, d] = uniform(fold(key(4), at), 4);
    // one in the left and one in the right half
    const make = (left: number, place: number, extent: number, label: string) => {
      const [width, height] = [4 + Math.floor(extent * 3), 4 + Math.floor(place * 3)];
      return box(left + Math.floor(extent * (8 - width)), Math.floor(place * (size - height)), width, height, label);
    };
    return [make(0, a!, b!, 'bright'), make(8, c!, d!, 'dark')];
  });
  const pixels = Float32Array.from({ length: 6 * size * size }, (_, at) => {
    const [image, y, x] = [Math.floor(at / size ** 2), Math.floor(at / size) % size, at % size];
    const inside = images[image]!.find(
      (one) => x >= one.x && x < one.x + one.width && y >= one.y && y < one.y + one.height,
    );
    return inside ? (inside.label === 'bright' ? 1 : -1) : 0;
  });
  // each cell of 4 × 4 has its 16 pixels for channels
  const map = Float32Array.from({ length: pixels.length }, (_, at) => {
    const [image, row, column, place] = [at >> 8, (at >> 6) & 3, (at >> 4) & 3, at & 15];
    return pixels[image * 256 + (row * 4 + (place >> 2)) * 16 + column * 4 + (place & 3)]!;
  });
  const input = tf.tensor(map, [6, 4, 4, 16]);
  const head = detect({ size: [size, size], filters: [16], threshold: 0.01 });
  const spec = head.fit(images);
  const { layer, loss } = head.task(spec);
  let params = toTensors(layer.init(key(6), [4, 4, 16]).params as object) as unknown as Tree<tf.Tensor>;
  const targets = toTensors(head.target(images, spec).tensors) as never;
  const outputs = () => layer.apply(params as never, input, infer);
  const score = () => {
    const made = outputs();
    const found = head.decode(hostTensor('float32', made.shape, numbers(made)), spec);
    const metric = meanAveragePrecision({ overlaps: 0.5 });
    return metric.compute(metric.observe({ predicted: found.map(({ boxes }) => boxes), actual: images }));
  };
  const before = score();
  let [mean, square] = [undefined, undefined] as [Tree<tf.Tensor> | undefined, Tree<tf.Tensor> | undefined];
  for (let step = 1; step <= 70; step++) {
    const found = gradients(() => meanLoss(loss(outputs(), targets)), Object.fromEntries(leaves<tf.Tensor>(params)));
    const next = (old: Tree<tf.Tensor> | undefined, rate: number, of: (gradient: tf.Tensor) => tf.Tensor) =>
      mapTree<tf.Tensor, tf.Tensor>(old ?? mapTree(params, (value: tf.Tensor) => tf.zerosLike(value)), (value, path) =>
        tf.add(tf.mul(value, rate), tf.mul(of(found.gradients[path]!), 1 - rate)),
      );
    mean = next(mean, 0.9, (gradient) => gradient);
    square = next(square, 0.99, tf.square);
    const [m, s] = [new Map(leaves<tf.Tensor>(mean)), new Map(leaves<tf.Tensor>(square))];
    params = mapTree<tf.Tensor, tf.Tensor>(params, (value, path) => {
      const [moment, size2] = [tf.div(m.get(path)!, 1 - 0.9 ** step), tf.div(s.get(path)!, 1 - 0.99 ** step)];
      return tf.sub(value, tf.mul(0.02, tf.div(moment, tf.add(tf.sqrt(size2), 1e-8))));
    });
  }
  expect(before).toBeLessThan(0.2);
  expect(score()).toBeGreaterThan(0.8);
}, 60_000);
