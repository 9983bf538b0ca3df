import '@tensorflow/tfjs-backend-cpu';
import { key } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeEncoderLaws } from '../testing/encoder-laws.ts';
import { learns } from '../testing/learns.fixture.ts';
import { ngramEncoder } from './ngrams.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const texts = ['Rates rise', 'A great, great film', 'Dull'];
const small = { buckets: 64, width: 6, charNgrams: { min: 3, max: 3 } };

describeEncoderLaws('ngramEncoder', () => ngramEncoder(small), texts);
describeEncoderLaws(
  'ngramEncoder with hidden layers, all n-grams and their mean',
  () => ngramEncoder({ ...small, hidden: [12, 8], itemDropout: 0, combine: 'mean' }),
  texts,
);

describe('ngramEncoder', () => {
  const infer = context('infer', random(key(1)));

  test('represents a text by the mean of the table rows of its n-grams', () => {
    const encoder = ngramEncoder({ buckets: 8, width: 1, wordNgrams: 2, charNgrams: null });
    const spec = encoder.fit([], key(1));
    const ids = encoder.encode('good good film', spec);
    expect(ids).toHaveLength(5); // good, good, good·good, film, good·film
    const table = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [8, 1]); // the row of id i is i + 1
    const represent = (combine: 'mean' | 'rootMean' | 'sum') => {
      const inputs = toTensors(encoder.collate([ids], { size: 1, width: 6 }, spec));
      return encoder
        .layer({ ...spec, combine })
        .layer.apply({ bag: { table }, hidden: [] }, inputs, infer)
        .dataSync()[0]!;
    };
    const sum = ids.reduce((total, id) => total + id + 1, 0);
    expect(represent('sum')).toBe(sum);
    expect(represent('mean')).toBeCloseTo(sum / 5, 5);
    expect(represent('rootMean')).toBeCloseTo(sum / Math.sqrt(5), 5);
  });

  test('dropped n-grams count neither in the sum nor in the divisor', () => {
    const encoder = ngramEncoder({
      buckets: 8,
      width: 1,
      charNgrams: null,
      dropout: 0,
      itemDropout: 0.5,
      combine: 'mean',
    });
    const spec = encoder.fit([], key(1));
    const { layer } = encoder.layer(spec);
    const ids = Int32Array.from({ length: 64 }, () => 3);
    const inputs = toTensors(encoder.collate([ids], { size: 1, width: 64 }, spec));
    const params = { bag: { table: tf.fill([8, 1], 2.5) }, hidden: [] };
    // With all rows equal their mean is the row, however many are left.
    expect(layer.apply(params, inputs, context('train', random(key(5)))).dataSync()[0]).toBeCloseTo(2.5, 5);
    const summed = encoder.layer({ ...spec, combine: 'sum' }).layer;
    const sum = summed.apply(params, inputs, context('train', random(key(5)))).dataSync()[0]! / 2.5;
    expect(sum).toBeGreaterThan(16);
    expect(sum).toBeLessThan(48);
  });

  test('cuts texts at maxItems', () => {
    const encoder = ngramEncoder({ maxItems: 4 });
    const spec = encoder.fit([], key(1));
    const whole = ngramEncoder().encode('the quick brown fox', ngramEncoder().fit([], key(1)));
    expect(encoder.encode('the quick brown fox', spec)).toEqual(whole.slice(0, 4));
  });

  test('an option left undefined has its default', () => {
    const spec = ngramEncoder({ ...JSON.parse('{}'), width: undefined }).fit([], key(1));
    expect(spec).toMatchObject({ width: 64, buckets: 65536, maxItems: 512 });
  });

  test.each([
    [{ buckets: 0 }, 'buckets'],
    [{ width: 1.5 }, 'width'],
    [{ hidden: [8, -1] }, 'hidden[1]'],
    [{ dropout: 1 }, 'dropout'],
    [{ itemDropout: Number.NaN }, 'itemDropout'],
    [{ maxItems: 0 }, 'maxItems'],
    [{ combine: 'median' as 'mean' }, 'combine'],
    [{ charNgrams: { min: 3, max: 2 } }, 'charNgrams.max'],
  ])('refuses %o and names the option', (options, name) => {
    expect(() => ngramEncoder(options)).toThrow(RangeError);
    expect(() => ngramEncoder(options)).toThrow(`${name}: expected`);
  });

  test('learns which words go with which class', () => {
    const examples = ['a great film', 'great acting', 'really great', 'a dull film', 'dull acting', 'really dull'].map(
      (text, at) => ({ text, label: at < 3 ? 0 : 1 }),
    );
    const { losses, accuracy } = learns(ngramEncoder({ ...small, buckets: 128, dropout: 0.1 }), examples, {
      steps: 25,
      learningRate: 0.5,
    });
    expect(accuracy).toBe(1);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  });
});
