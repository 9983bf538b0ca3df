import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, hostTensor, key, PolytaskError } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import golden from './resnet.golden.json' with { type: 'json' };
import { resnet } from './resnet-layer.ts';
import { resnetFromTorchvision } from './torchvision-resnet.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const weights = (): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(golden.weights).map(([name, { shape, data }]) => [name, hostTensor('float32', shape, data)]),
  );

test('weights with torchvision’s names give the features that PyTorch computes', () => {
  const { params, options, left } = resnetFromTorchvision(weights());
  expect(options).toEqual({ blocks: [1, 2], filters: 4, stem: 'large', groups: null });
  expect(left).toEqual(['fc.weight', 'fc.bias']);
  const layer = resnet({ ...options, gram: null, dropout: 0 });
  const pixels = tf.tensor4d(golden.input.data, golden.input.shape as [number, number, number, number]);
  const made = layer.apply(toTensors(params as object) as never, { pixels }, context('infer', random(key(1))));
  expect(made.shape).toEqual(golden.output.shape);
  made.dataSync().forEach((value, at) => {
    expect(Math.abs(value - golden.output.data[at]!)).toBeLessThan(1e-5);
  });
  // and they have the form that `init` gives
  const { params: fresh } = layer.init(key(1), [17, 22, 3]);
  expect(JSON.stringify(shapes(fresh))).toBe(JSON.stringify(shapes(params)));
});

test('every tensor that is missing or has another shape is named', () => {
  const { 'layer1.0.bn1.bias': _, ...some } = weights();
  const broken = {
    ...some,
    'layer2.0.downsample.0.weight': hostTensor('float32', [8, 4, 3, 3], new Float32Array(288)),
  };
  let problems: unknown;
  try {
    resnetFromTorchvision(broken);
  } catch (error) {
    problems = PolytaskError.is(error) && error.problems;
  }
  expect(problems).toEqual([
    { code: 'E2418', path: 'layer1.0.bn1.bias', message: 'Missing: expected a tensor of shape [4].' },
    {
      code: 'E2418',
      path: 'layer2.0.downsample.0.weight',
      message: 'Expected the shape [8, 4, 1, 1]. Found [8, 4, 3, 3].',
    },
  ]);
  expect(() => resnetFromTorchvision({})).toThrow('conv1.weight');
});

const shapes = (tree: unknown): unknown =>
  typeof tree !== 'object' || tree === null
    ? tree
    : 'shape' in tree
      ? tree.shape
      : Object.fromEntries(
          Object.entries(tree)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, part]) => [name, shapes(part)]),
        );
