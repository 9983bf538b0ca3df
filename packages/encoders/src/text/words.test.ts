import '@tensorflow/tfjs-backend-cpu';
import { key } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { wordPiece } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { transformerEncoder } from './transformer.ts';
import { transformerStates } from './transformer-layer.ts';
import { bertWordEncoder, transformerWordEncoder } from './words.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
const texts = ['fly to  New-York', "don't\tgo", 'unbelievably long words here'];
const sizes = { layers: 1, width: 8, heads: 2, vocabulary: 60, maxLength: 12 };

describe.each([
  ['transformerWordEncoder', transformerWordEncoder(sizes)],
  ['bertWordEncoder', bertWordEncoder(sizes)],
] as const)('%s', (_, encoder) => {
  const spec = encoder.fit(texts, key(1)) as never;
  const tokens = wordPiece((spec as { tokenizer: never }).tokenizer, { maxLength: 100 });

  test('the tokens of the words are those of the text, and each word knows its first', () => {
    const roomy = { ...(spec as object), maxLength: 40 } as never;
    for (const text of texts) {
      const { ids, starts } = encoder.encode(text, roomy);
      expect([...ids]).toEqual([...tokens.encode(text)]);
      const words = text.split(/\s+/);
      expect(starts.length).toBe(words.length);
      // from start to start the tokens are those of one word
      words.forEach((word, at) => {
        const end = starts[at + 1] ?? ids.length - 1;
        expect([...ids.slice(starts[at], end)]).toEqual([...tokens.encode(word)].slice(1, -1));
      });
    }
    expect(encoder.encode('', spec).starts.length).toBe(0);
    expect([...encoder.encode('\u0000', spec).ids]).toEqual([2, 1, 3]);
  });

  test('words beyond the longest list of tokens are cut off', () => {
    const { ids, starts } = encoder.encode(Array.from({ length: 30 }, () => 'o').join(' '), spec);
    expect([ids.length, starts.length, ids.at(-1)]).toEqual([12, 10, 3]);
  });

  test('gives the state of the first token of each word, whatever stands beside it', () => {
    const { layer, inputShape } = encoder.layer(spec);
    const made = layer.init(key(2), inputShape);
    expect(made.outputShape).toEqual([12, 8]);
    const params = toTensors(made.params as object) as never;
    const encoded = texts.map((text) => encoder.encode(text, spec));
    const of = (rows: typeof encoded, width: number, size = rows.length) =>
      layer.apply(params, toTensors(encoder.collate(rows, { size, width }, spec)) as never, infer);
    const { values, lengths } = of(encoded, 12);
    expect(values.shape).toEqual([3, 12, 8]);
    expect(numbers(lengths)).toEqual(encoded.map(({ starts }) => starts.length));
    const alone = of([encoded[1]!], encoded[1]!.ids.length, 2);
    const count = encoded[1]!.starts.length * 8;
    numbers(alone.values)
      .slice(0, count)
      .forEach((value, at) => {
        expect(value).toBeCloseTo(numbers(values)[12 * 8 + at]!, 5);
      });
    expect(numbers(alone.lengths)).toEqual([encoded[1]!.starts.length, 0]);
    // a batch that is too narrow loses words, not places
    expect(numbers(of([encoded[0]!], encoded[0]!.starts[1]!).lengths)).toEqual([1]);
  });
});

test('the states are those that the whole text is pooled from', () => {
  const [words, whole] = [transformerWordEncoder(sizes), transformerEncoder({ ...sizes, pooling: 'first' })];
  const spec = whole.fit(texts, key(1));
  const { layer, inputShape } = whole.layer(spec);
  const params = toTensors(layer.init(key(2), inputShape).params as object) as never;
  const text = words.encode(texts[0]!, spec);
  const inputs = toTensors(words.collate([text], { size: 1, width: 12 }, spec)) as never;
  const vocabulary = Object.keys(spec.tokenizer.model.vocab).length;
  const states = transformerStates({ ...spec, tokens: vocabulary }).apply(params, inputs, infer).values;
  const first = numbers(layer.apply(params, inputs, infer));
  expect(numbers(states).slice(0, 8)).toEqual(first);
  const word = numbers(words.layer(spec).layer.apply(params, inputs, infer).values);
  const at = text.starts[1]! * 8;
  word.slice(8, 16).forEach((value, place) => {
    expect(value).toBeCloseTo(numbers(states)[at + place]!, 6);
  });
});
