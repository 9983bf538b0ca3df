import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, hostTensor, key, leaves } from '@polytask/base';
import { context, gradients, type Host, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { tokenizerJson } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { bertEncoder } from './bert.ts';
import { bertDepth } from './bert-depth.ts';
import { type BertLayerOptions, type BertLora, type BertParams, bert } from './bert-layer.ts';
import { bertToTensors } from './bert-weights.ts';
import { mergeLora } from './merge-lora.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const options: BertLayerOptions = {
  tokens: 12,
  positions: 6,
  segments: 2,
  width: 8,
  layers: 3,
  heads: 2,
  hidden: 10,
  activation: 'gelu',
  epsilon: 1e-12,
  pooling: 'pooler',
  dropout: 0,
};
const inputs = () => ({
  ids: tf.tensor2d([2, 5, 7, 3, 0, 0, 2, 9, 3, 0, 0, 0], [2, 6], 'int32'),
  lengths: tf.tensor1d([4, 3], 'int32'),
});
const infer = context('infer', random(key(1)));
const initial = (own: BertLayerOptions) => bert(own).pooled.init(key(3), [6]).params;
const apply = (own: BertLayerOptions, params: Host<BertParams>, how = infer) =>
  bert(own).pooled.apply(toTensors(params as object) as never, inputs(), how);
const reached = (own: BertLayerOptions, params = initial(own)) => {
  const tensors = toTensors(params as object) as never as BertParams;
  const flat = Object.fromEntries(leaves<tf.Tensor>(tensors as never));
  const { gradients: found } = gradients(() => tf.sum(bert(own).pooled.apply(tensors, inputs(), infer)), flat);
  return Object.entries(found).flatMap(([path, gradient]) => (gradient === null ? [] : [path]));
};
/** Every B away from 0, as after training. */
const changed = (params: Host<BertParams>): Host<BertParams> => ({
  ...params,
  blocks: params.blocks.map((block) => ({
    ...block,
    attention: Object.fromEntries(
      Object.entries(block.attention).map(([name, own]) => [
        name,
        own.b ? { ...own, b: shaken(own.b as HostTensor) } : own,
      ]),
    ) as typeof block.attention,
  })),
});
const shaken = ({ shape, data }: HostTensor) =>
  hostTensor(
    'float32',
    shape,
    Array.from(data, (_, at) => Math.sin(at + 1)),
  );

test('depth is 0 for the embeddings, then the number of the block, and nothing else has one', () => {
  const depths = leaves(initial(options) as never).map(([path]) => [
    path.split('.').slice(0, 2).join('.'),
    bertDepth(path),
  ]);
  expect(Object.fromEntries(depths)).toEqual({
    'tokens.table': 0,
    'positions.table': 0,
    'segments.table': 0,
    'norm.scale': 0,
    'norm.bias': 0,
    'blocks.0': 1,
    'blocks.1': 2,
    'blocks.2': 3,
    'pooler.weight': undefined,
    'pooler.bias': undefined,
  });
  expect([bertDepth('encoder.blocks.11.inner.weight'), bertDepth('heads.topic.norm.scale')]).toEqual([12, undefined]);
});

describe('freezing', () => {
  test.each([0, 1, 2, 3])('%i blocks and the embeddings have no gradient, all else has', (freeze) => {
    const all = leaves(initial(options) as never).map(([path]) => path);
    expect(reached({ ...options, freeze })).toEqual(all.filter((path) => (bertDepth(path) ?? 4) > freeze));
  });

  test('does not change what the layer computes', () => {
    const params = initial(options);
    expect([...apply({ ...options, freeze: 2 }, params).dataSync()]).toEqual([...apply(options, params).dataSync()]);
  });

  test.each([-1, 4, 1.5])('refuses %d blocks of three', (freeze) => {
    expect(() => bert({ ...options, freeze })).toThrow('freeze: expected an integer from 0 to 3');
  });
});

describe('lora', () => {
  const lora: BertLora = { rank: 2, alpha: 6, matrices: ['query', 'value', 'output'] };

  test('starts as the model without it', () => {
    const { blocks } = initial({ ...options, lora });
    expect(blocks[0]!.attention.query.a!.shape).toEqual([8, 2]);
    expect(blocks[0]!.attention.key.a).toBeUndefined();
    const given = initial(options);
    const both = bertEncoder({
      pretrained: {
        sizes: options,
        params: given,
        tokenizer: tokenizerJson(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a']),
      },
      pooling: 'pooler',
      lora,
    });
    const { layer, inputShape } = both.layer({ ...both.fit([], key(1)), tokens: 12 });
    const start = layer.init(key(8), inputShape).params as Host<BertParams>;
    expect(start.blocks[2]!.attention.output.b!.data.every((value) => value === 0)).toBe(true);
    expect([...apply({ ...options, lora }, start).dataSync()]).toEqual([...apply(options, given).dataSync()]);
  });

  test('trains its changes and the pooler alone', () => {
    const params = changed(initial({ ...options, lora }));
    const blocks = [0, 1, 2].flatMap((at) =>
      ['query', 'value', 'output'].flatMap((name) => ['a', 'b'].map((low) => `blocks.${at}.attention.${name}.${low}`)),
    );
    expect(reached({ ...options, lora }, params)).toEqual([...blocks, 'pooler.weight', 'pooler.bias']);
  });

  test('of rank 0 is the frozen trunk', () => {
    const none = { ...options, lora: { rank: 0 } };
    expect(initial(none)).toEqual(initial(options));
    expect(reached(none)).toEqual(reached({ ...options, freeze: 3 }));
    expect([...apply(none, initial(none)).dataSync()]).toEqual([...apply(options, initial(options)).dataSync()]);
  });

  test('merged into the weights gives the same outputs to 1e-6, and weights that can be saved', () => {
    const own = { ...options, lora };
    const params = changed(initial(own));
    const merged = mergeLora(params, lora);
    const [before, after] = [apply(own, params).dataSync(), apply(options, merged).dataSync()];
    before.forEach((value, at) => {
      expect(Math.abs(value - after[at]!)).toBeLessThan(1e-6);
    });
    const untouched = apply(options, initial(options)).dataSync();
    expect(Math.max(...before.map((value, at) => Math.abs(value - untouched[at]!)))).toBeGreaterThan(1e-3);
    expect([...bertToTensors(merged, options).keys()]).toEqual([...bertToTensors(initial(options), options).keys()]);
    expect(merged.blocks[1]!.attention.query).not.toHaveProperty('a');
  });

  test('drops units in front of the change, while training only', () => {
    const own = { ...options, lora: { ...lora, dropout: 0.5 } };
    const params = changed(initial(own));
    const train = (seed: number) => [...apply(own, params, context('train', random(key(seed)))).dataSync()];
    expect(train(1)).toEqual(train(1));
    expect(train(1)).not.toEqual(train(2));
    expect([...apply(own, params).dataSync()]).toEqual([...apply({ ...options, lora }, params).dataSync()]);
  });

  test.each([
    [{ rank: -1 }, 'lora.rank'],
    [{ rank: 1, alpha: Number.NaN }, 'lora.alpha'],
    [{ rank: 1, dropout: 1 }, 'dropout'],
  ])('refuses %o', (wrong, name) => {
    expect(() => bert({ ...options, lora: wrong })).toThrow(name);
  });
});

test('outputDropout drops units of the pooled vector while training', () => {
  const own = { ...options, outputDropout: 0.5 };
  const params = initial(own);
  const [whole, dropped] = [
    apply(own, params).dataSync(),
    apply(own, params, context('train', random(key(5)))).dataSync(),
  ];
  dropped.forEach((value, at) => {
    expect(value === 0 || Math.abs(value - 2 * whole[at]!) < 1e-6).toBe(true);
  });
  expect(dropped.some((value) => value === 0)).toBe(true);
});
