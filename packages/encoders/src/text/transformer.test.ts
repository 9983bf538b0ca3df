import '@tensorflow/tfjs-backend-cpu';
import { key } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { learnWordPiece } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeEncoderLaws } from '../testing/encoder-laws.ts';
import { learns } from '../testing/learns.fixture.ts';
import { transformerEncoder } from './transformer.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const texts = ['Rates rise', 'A great, great film', 'Dull'];
const small = { layers: 2, width: 8, heads: 2, hidden: 12, vocabulary: 40, maxLength: 24, dropout: 0.2 };

describeEncoderLaws('transformerEncoder', () => transformerEncoder(small), texts);
describeEncoderLaws(
  'transformerEncoder with one block and the first token',
  () => transformerEncoder({ ...small, layers: 1, pooling: 'first' }),
  texts,
);

describe('transformerEncoder', () => {
  test('learns its vocabulary from the training texts', () => {
    const spec = transformerEncoder({ ...small, vocabulary: 30 }).fit(['abab abab', 'cc cc'], key(1));
    expect(Object.keys(spec.tokenizer.model.vocab)).toEqual(
      expect.arrayContaining(['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'abab', 'cc']),
    );
  });

  test('uses the tokenizer it is given', () => {
    const tokenizer = learnWordPiece(['one two one two'], { size: 30 });
    const encoder = transformerEncoder({ ...small, tokenizer });
    const spec = encoder.fit(['other words'], key(1));
    expect(spec.tokenizer).toEqual(tokenizer);
    const { vocab } = tokenizer.model;
    expect([...encoder.encode('two one', spec)]).toEqual([vocab['[CLS]'], vocab.two, vocab.one, vocab['[SEP]']]);
    const { params } = encoder.layer(spec).layer.init(key(1), [24]);
    expect(params.tokens.table.shape).toEqual([Object.keys(vocab).length, 8]);
  });

  test('cuts texts at maxLength and keeps the closing token', () => {
    const encoder = transformerEncoder({ ...small, maxLength: 4 });
    const spec = encoder.fit(texts, key(1));
    const ids = encoder.encode('film film film film', spec);
    expect(ids).toHaveLength(4);
    expect(ids[3]).toBe(spec.tokenizer.model.vocab['[SEP]']);
  });

  test('a batch may be wider than the longest text that has positions', () => {
    const encoder = transformerEncoder({ ...small, maxLength: 5 });
    const spec = encoder.fit(texts, key(1));
    const { layer, inputShape } = encoder.layer(spec);
    const params = toTensors(layer.init(key(2), inputShape).params);
    const ids = [encoder.encode('a great film', spec)];
    const represent = (width: number) =>
      layer.apply(params, toTensors(encoder.collate(ids, { size: 1, width }, spec)), context('infer', random(key(1))));
    expect([...represent(8).dataSync()]).toEqual([...represent(5).dataSync()]);
  });

  test('the order of the words counts', () => {
    const encoder = transformerEncoder(small);
    const spec = encoder.fit(['man bites dog', 'dog bites man'], key(1));
    const { layer, inputShape } = encoder.layer(spec);
    const params = toTensors(layer.init(key(2), inputShape).params);
    const lists = ['man bites dog', 'dog bites man'].map((text) => encoder.encode(text, spec));
    const [one, other] = layer
      .apply(params, toTensors(encoder.collate(lists, { size: 2, width: 16 }, spec)), context('infer', random(key(1))))
      .arraySync() as number[][];
    expect(Math.max(...one!.map((value, at) => Math.abs(value - other![at]!)))).toBeGreaterThan(1e-3);
  });

  test('observes the attention map of every block', () => {
    const encoder = transformerEncoder(small);
    const spec = encoder.fit(texts, key(1));
    const { layer, inputShape } = encoder.layer(spec);
    const params = toTensors(layer.init(key(2), inputShape).params);
    const lists = texts.map((text) => encoder.encode(text, spec));
    const seen = new Map<string, readonly number[]>();
    const record = {
      loss: () => {},
      observe: (name: string, value: tf.Tensor) => void seen.set(name, value.shape),
    };
    const inputs = toTensors(encoder.collate(lists, { size: 3, width: 24 }, spec));
    layer.apply(params, inputs, context('infer', random(key(1)), record));
    expect([...seen]).toEqual([
      ['block 0.attention.attention.attention', [3, 2, 24, 24]],
      ['block 1.attention.attention.attention', [3, 2, 24, 24]],
    ]);
  });

  test.each([
    [{ layers: -1 }, 'layers'],
    [{ heads: 3 }, 'width'],
    [{ hidden: 0 }, 'units'],
    [{ dropout: 1 }, 'dropout'],
    [{ vocabulary: 3 }, 'size'],
    [{ maxLength: 2 }, 'maxLength'],
    [{ pooling: 'median' as 'mean' }, 'pooling'],
  ])('refuses %o', (options, name) => {
    expect(() => transformerEncoder({ ...small, ...options })).toThrow(RangeError);
    expect(() => transformerEncoder({ ...small, ...options })).toThrow(name);
  });

  test('learns a rule of word order that no bag of words can tell', () => {
    const examples = ['cat dog', 'cat cat dog', 'dog cat', 'dog dog cat'].map((text) => ({
      text,
      label: text.startsWith('cat') ? 0 : 1,
    }));
    const { losses, accuracy } = learns(
      transformerEncoder({ ...small, layers: 1, dropout: 0, pooling: 'first' }),
      examples,
      { steps: 60, learningRate: 0.3 },
    );
    expect(accuracy).toBe(1);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  });
});
