import '@tensorflow/tfjs-backend-cpu';
import { fold, key, leaves } from '@polytask/base';
import { context, gradients, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { tokenizerJson } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BertParams, bert } from './bert-layer.ts';
import { halfMatching, halvesTask } from './half-matching.ts';
import { textHalves } from './text-halves.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'rate', '##s', 'rise', '##n', '##ing', 'bank', 'fall'];
const tokenizer = tokenizerJson(words);
const [cls, sep] = [2, 3];

describe('textHalves', () => {
  const halves = textHalves(tokenizer);
  const list = fc.array(fc.integer({ min: 5, max: words.length - 1 }), { maxLength: 60 });

  test('both halves are a third at least, begin with a word, and are the text again', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 1e6 }), (own, seed) => {
        const ids = Int32Array.from([cls, ...own, sep]);
        const cut = halves.cut(ids, key(seed));
        const isStart = (at: number) => !words[own[at]!]!.startsWith('##');
        const third = own.map((_, at) => at).filter((at) => at > 0 && 3 * at >= own.length && 3 * at <= 2 * own.length);
        expect(cut === undefined).toBe(!third.some(isStart));
        if (!cut) return;
        const [first, second] = cut.map((half) => Array.from(half));
        for (const half of [first!, second!]) {
          expect([half[0], half.at(-1)]).toEqual([cls, sep]);
          expect(3 * (half.length - 2)).toBeGreaterThanOrEqual(own.length);
          expect(half.length).toBeLessThanOrEqual(halves.most(ids.length));
        }
        expect([...first!.slice(1, -1), ...second!.slice(1, -1)]).toEqual(own);
        expect(isStart(first!.length - 2)).toBe(true);
      }),
    );
  });

  test('every place of the middle third is drawn, by the key alone', () => {
    const ids = Int32Array.from([cls, 5, 7, 10, 11, 5, 7, 10, 11, 5, sep]);
    const lengths = Array.from({ length: 200 }, (_, at) => halves.cut(ids, fold(key(1), at))![0].length - 2);
    expect([...new Set(lengths)].sort()).toEqual([3, 4, 5, 6]);
    expect(halves.cut(ids, key(9))).toEqual(textHalves(tokenizer).cut(ids, key(9)));
  });

  test('where pieces within words have no mark, every token may begin a half', () => {
    const { model } = tokenizer;
    const unmarked = textHalves({ model: { ...model, continuing_subword_prefix: '' } });
    expect(unmarked.cut(Int32Array.of(cls, 5, 6, sep), key(1))).toBeDefined();
  });

  test('texts of less than two words are not cut', () => {
    expect(halves.cut(Int32Array.of(cls, sep), key(1))).toBeUndefined();
    expect(halves.cut(Int32Array.of(cls, 5, sep), key(1))).toBeUndefined();
    expect(halves.cut(Int32Array.of(cls, 5, 6, 9, sep), key(1))).toBeUndefined();
    expect(halves.cut(Int32Array.of(cls, 5, 7, sep), key(1))!.map((half) => [...half])).toEqual([
      [cls, 5, sep],
      [cls, 7, sep],
    ]);
  });
});

describe('halfMatching', () => {
  const sizes = {
    tokens: words.length,
    positions: 12,
    segments: 2,
    width: 8,
    layers: 1,
    heads: 2,
    hidden: 12,
    activation: 'gelu',
    epsilon: 1e-12,
    dropout: 0,
  } as const;
  const infer = context('infer', random(key(1)));
  const params = () => toTensors(halfMatching(sizes).init(key(6), [12]).params as object) as unknown as BertParams;
  /** Three texts, of which the last could not be cut. */
  const inputs = () => ({
    ids: tf.tensor2d([2, 5, 6, 3, 2, 7, 3, 0, 0, 0, 0, 0, 2, 10, 3, 0, 2, 11, 9, 3, 0, 0, 0, 0], [6, 4], 'int32'),
    lengths: tf.tensor1d([4, 3, 0, 3, 4, 0], 'int32'),
  });

  test('logits are cosines of mean states over the temperature', () => {
    const own = params();
    const { pooled } = bert({ ...sizes, pooling: 'mean' });
    const vectors = pooled.apply(own, inputs(), infer).arraySync() as number[][];
    const cosine = (a: number[], b: number[]) => {
      const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const logits = halfMatching({ ...sizes, temperature: 0.5 }).apply(own, inputs(), infer);
    expect(logits.shape).toEqual([6, 3]);
    const found = logits.arraySync() as number[][];
    for (const first of [0, 1])
      for (const second of [0, 1]) {
        const expected = cosine(vectors[first]!, vectors[3 + second]!) / 0.5;
        expect(found[first]![second]).toBeCloseTo(expected, 5);
        expect(found[3 + second]![first]).toBeCloseTo(expected, 5);
      }
  });

  test('what was not cut is neither a candidate nor judged, and gradients stay finite', () => {
    const own = params();
    const layer = halfMatching(sizes);
    const loss = (given: ReturnType<typeof inputs>, labels: number[]) =>
      halvesTask().loss(layer.apply(own, given, infer), { labels: tf.tensor1d(labels, 'int32') });
    const two = {
      ids: tf.gather(inputs().ids, tf.tensor1d([0, 1, 3, 4], 'int32')) as tf.Tensor2D,
      lengths: tf.tensor1d([4, 3, 3, 4], 'int32'),
    };
    const without = loss(two, [0, 1, 0, 1]);
    const beside = loss(inputs(), [0, 1, -1, 0, 1, -1]);
    expect(beside.count.dataSync()[0]).toBe(4);
    expect(beside.sum.dataSync()[0]).toBeCloseTo(without.sum.dataSync()[0]!, 5);
    const flat = Object.fromEntries(leaves<tf.Tensor>(own as never));
    const found = gradients(() => loss(inputs(), [0, 1, -1, 0, 1, -1]).sum, flat).gradients;
    const numbers = Object.values(found).flatMap((gradient) => [...(gradient as tf.Tensor).dataSync()]);
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(numbers.some((value) => value !== 0)).toBe(true);
  });

  test.each([0, 9e-4, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a temperature of %s', (temperature) => {
    expect(() => halfMatching({ ...sizes, temperature })).toThrow('temperature: expected');
  });
});
