import '@tensorflow/tfjs-backend-cpu';
import { fold, hostTensor, key, uniform } from '@polytask/base';
import { context, type Levels, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import type { Image } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Encoder } from '../encoder.ts';
import { cnnEncoder, cnnLevelsEncoder } from './cnn.ts';
import type { ImageInputs, ImageScale } from './image-inputs.ts';
import { resnetEncoder, resnetLevelsEncoder } from './resnet.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Whole = Encoder<Image, ImageScale, Image, never, ImageInputs>;
type Parts = Encoder<Image, ImageScale, Image, never, ImageInputs, Levels>;
const infer = context('infer', random(key(1)));
const images = [1, 2].map((seed): Image => {
  const values = uniform(fold(key(7), seed), 20 * 16 * 3);
  return hostTensor(
    'uint8',
    [20, 16, 3],
    Uint8Array.from(values, (value) => value * 200),
  );
});
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
const deep = { blocks: [1, 2], filters: 4, groups: 2 };

const encoders: [name: string, parts: Parts, whole: Whole, shapes: number[][], hasFirst: boolean[]][] = [
  [
    'cnn',
    cnnLevelsEncoder({ filters: [4, 6, 5] }) as never,
    cnnEncoder({ filters: [4, 6, 5], pooling: 'map' }) as never,
    [
      [20, 16, 4],
      [10, 8, 6],
      [5, 4, 5],
    ],
    [false, false, false],
  ],
  [
    'cnn of several convolutions with norms',
    cnnLevelsEncoder({ filters: [4, 6], depth: 2, batchNorm: true }) as never,
    cnnEncoder({ filters: [4, 6], depth: 2, batchNorm: true, pooling: 'map' }) as never,
    [
      [20, 16, 4],
      [10, 8, 6],
    ],
    [true, true],
  ],
  [
    'resnet',
    resnetLevelsEncoder(deep) as never,
    resnetEncoder({ ...deep, pooling: 'map' }) as never,
    [
      [5, 4, 4],
      [3, 2, 8],
    ],
    [false, true],
  ],
];

describe.each(encoders)('levels of %s', (_, parts, whole, shapes, hasFirst) => {
  const spec = parts.fit(images, key(1));
  const { layer, inputShape } = parts.layer(spec);
  const made = layer.init(key(2), inputShape);
  const inputs = () => toTensors(parts.collate(images, { size: 2, width: 1 }, spec)) as unknown as ImageInputs;
  const params = () => toTensors(made.params as object) as never;

  test('are those of each stage, before anything shrinks them, with the channels it says', () => {
    const levels = layer.apply(params(), inputs(), infer);
    expect(levels.map(({ last }) => last.shape.slice(1))).toEqual(shapes);
    expect(levels.map(({ first }) => first !== undefined)).toEqual(hasFirst);
    for (const { first, last } of levels) if (first) expect(first.shape).toEqual(last.shape);
    expect(made.outputShape).toEqual(shapes.at(-1));
    expect(parts.levels!(spec)).toEqual(shapes.map(([, , channels]) => channels));
  });

  test('end where the map of the same network does, of the same parameters', () => {
    const other = whole.layer(spec);
    expect(other.layer.init(key(2), inputShape).params).toEqual(made.params);
    const map = other.layer.apply(params(), inputs(), infer);
    const { last } = layer.apply(params(), inputs(), infer).at(-1)!;
    const shrunk = map.shape[1] === last.shape[1] ? last : tf.maxPool(last as tf.Tensor4D, 2, 2, 'valid');
    expect(numbers(shrunk)).toEqual(numbers(map));
  });
});

test('the first features of a stage are those of the stage without its other layers', () => {
  const levelsOf = (given: unknown, params: unknown) => {
    const encoder = given as Parts;
    const spec = encoder.fit(images, key(1));
    const inputs = toTensors(encoder.collate(images, { size: 2, width: 1 }, spec)) as unknown as ImageInputs;
    return encoder.layer(spec).layer.apply(toTensors(params as object) as never, inputs, infer);
  };
  const started = (given: unknown) => {
    const { layer, inputShape } = (given as Parts).layer((given as Parts).fit(images, key(1)));
    return layer.init(key(2), inputShape).params as unknown;
  };
  const residual = resnetLevelsEncoder(deep);
  const { stem, stages } = started(residual) as { stem: object; stages: object[][] };
  const blocks = { stem, stages: stages.map(([block]) => [block!]) };
  const short = levelsOf(resnetLevelsEncoder({ ...deep, blocks: [1, 1] }), blocks);
  const long = levelsOf(residual, { stem, stages })[1]!;
  expect(numbers(long.first!)).toEqual(numbers(short[1]!.last));
  expect(numbers(long.first!)).not.toEqual(numbers(long.last));

  const convolutional = cnnLevelsEncoder({ filters: [4], depth: 2 });
  const { blocks: made } = started(convolutional) as { blocks: object[][] };
  const [shallow] = levelsOf(cnnLevelsEncoder({ filters: [4] }), { blocks: [[made[0]![0]!]] });
  const [block] = levelsOf(convolutional, { blocks: made });
  expect(numbers(block!.first!)).toEqual(numbers(shallow!.last));
});
