import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key, leaves, mapTree, PolytaskError, type Tree } from '@polytask/base';
import { context, gradients, meanLoss, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { spansOf } from '@polytask/metrics';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { tag } from './tag.ts';
import { locateSpans, readTags, repairTags, schemeOf } from './tags.ts';

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

describe('tags', () => {
  test('are lists, lists as JSON, and texts with white space', () => {
    expect(readTags(' O B-city\tI-city ')).toEqual(['O', 'B-city', 'I-city']);
    expect(readTags('["O", "B-time of day"]')).toEqual(['O', 'B-time of day']);
    expect(readTags("['O', 'B-time of day', 'B-o\\'clock', \"B-it's\"]")).toEqual([
      'O',
      'B-time of day',
      "B-o'clock",
      "B-it's",
    ]);
    expect(readTags("['O' 'B-city'\n 'I-city']")).toEqual(['O', 'B-city', 'I-city']);
    expect(readTags("['O', ' ', 'B-a b']")).toEqual(['O', ' ', 'B-a b']);
    expect(readTags('[PAD] O [SEP]')).toEqual(['[PAD]', 'O', '[SEP]']);
    expect(readTags(['O'])).toEqual(['O']);
    expect(() => readTags('[O, B-city]')).toThrow('Expected tags: a list of texts, such as ["O", "B-city"]');
    expect(codeOf(() => readTags(['O', 3]))).toBe('E2341');
    expect(codeOf(() => readTags('{"a": 1}'))).toBe('E2341');
  });

  test('tell their scheme', () => {
    expect(schemeOf([['O', 'B-x', 'I-x', 'B-y']])).toBe('BIO');
    expect(schemeOf([['B-x', 'E-x'], ['O']])).toBe('BIOES');
    expect(schemeOf([['O', 'I-x', 'I-x']])).toBe('other');
    expect(schemeOf([['I-x', 'B-x']])).toBe('other'); // IOB1
    expect(schemeOf([['city', 'O']])).toBe('other');
  });

  test('are repaired: the same spans in tags that are allowed', () => {
    const repaired = (tags: string, scheme: 'BIO' | 'BIOES' | 'other') =>
      repairTags(tags.split(' '), scheme).tags.join(' ');
    expect(repaired('O I-x I-x I-y B-y', 'BIO')).toBe('O B-x I-x B-y B-y');
    expect(repaired('I-x B-y I-y I-y E-x', 'BIOES')).toBe('S-x B-y I-y E-y S-x');
    expect(repaired('O I-x', 'other')).toBe('O I-x');
    const any = fc.array(fc.constantFrom('O', 'B-x', 'I-x', 'I-y', 'E-y', 'S-x', 'B'), { maxLength: 8 });
    fc.assert(
      fc.property(any, fc.constantFrom('BIO' as const, 'BIOES' as const), (tags, scheme) => {
        const once = repairTags(tags, scheme);
        expect(spansOf(once.tags)).toEqual(spansOf(tags));
        expect(repairTags(once.tags, scheme).tags).toEqual(once.tags);
        expect(once.tags.length).toBe(tags.length);
      }),
      { seed: 1 },
    );
  });

  test('have their place in the text', () => {
    expect(locateSpans('fly  to New\tYork 😀 now', [{ label: 'city', start: 2, end: 4 }])).toEqual([
      { label: 'city', start: 2, end: 4, from: 8, to: 16, text: 'New\tYork' },
    ]);
    expect(locateSpans('a', [{ label: 'city', start: 0, end: 2 }])).toEqual([]);
  });
});

describe('tag', () => {
  const head = tag();
  const spec = head.fit(['B-x I-x O', null, ['B-y']]);

  test('the spec has the tags and O, and is JSON', () => {
    expect(spec).toEqual({
      labels: ['B-x', 'B-y', 'I-x', 'O'],
      scheme: 'BIO',
      longest: 3,
      classWeights: null,
      hidden: [],
      dropout: 0,
    });
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(head.fit(['B-x']).labels).toEqual(['B-x', 'O']);
    expect(codeOf(() => head.fit(['O O', null]))).toBe('E2301');
    expect(codeOf(() => head.fit([null]))).toBe('E2301');
    expect(tag({ classWeights: { O: 0.1 } }).fit(['B-x O']).classWeights).toEqual([1, 0.1]);
    expect(tag({ classWeights: 'balanced' }).fit(['B-x O O O']).classWeights).toEqual([2, 2 / 3]);
  });

  test('targets are classes; missing and unknown tags are absent', () => {
    const { tensors, count } = head.target(['O B-z I-x', null], spec);
    expect(tensors.tags.shape).toEqual([2, 8]);
    expect([...tensors.tags.data]).toEqual([3, -1, 2, ...Array.from({ length: 13 }, () => -1)]);
    expect(count).toBe(2);
    expect(head.target([Array.from({ length: 9 }, () => 'O')], spec).tensors.tags.shape).toEqual([1, 16]);
  });

  test('the loss is that of the steps that have a tag, whatever stands in the padding', () => {
    const { loss } = head.task(spec);
    const targets = toTensors(head.target(['O B-y', 'B-x I-x O'], spec).tensors) as never;
    const logits = (padding: number) =>
      tf.tensor(
        Float32Array.from({ length: 24 }, (_, at) =>
          Math.floor(at / 4) % 3 >= [1, 2][Math.floor(at / 12)]! ? padding : Math.sin(at),
        ),
        [2, 3, 4],
      );
    // of the first text one step, of the second two
    const lossOf = (padding: number) =>
      loss({ logits: logits(padding), lengths: tf.tensor1d([1, 2], 'int32') }, targets);
    const of = (steps: readonly (readonly [number, number])[]) =>
      steps.reduce((sum, [start, label]) => {
        const row = [0, 1, 2, 3].map((at) => Math.sin(start + at));
        return sum + Math.log(row.reduce((total, value) => total + Math.exp(value), 0)) - row[label]!;
      }, 0);
    expect(numbers(lossOf(0).sum)[0]).toBeCloseTo(
      of([
        [0, 3],
        [12, 0],
        [16, 2],
      ]),
      5,
    );
    expect(numbers(lossOf(0).count)[0]).toBe(3);
    expect(numbers(lossOf(50).sum)[0]).toBeCloseTo(numbers(lossOf(0).sum)[0]!, 4);
  });

  test('texts longer or shorter than the representation are cut or left without tags', () => {
    const { loss } = head.task(spec);
    const count = (time: number, lengths: number[]) => {
      const outputs = { logits: tf.zeros([1, time, 4]), lengths: tf.tensor1d(lengths, 'int32') };
      return numbers(loss(outputs, toTensors(head.target(['O O O O'], spec).tensors) as never).count)[0];
    };
    expect([count(2, [2]), count(12, [4]), count(12, [12]), count(12, [1])]).toEqual([2, 4, 4, 1]);
  });

  test('predictions are repaired tags and their spans, each as probable as its least probable tag', () => {
    const at = (label: string, strength: number) => spec.labels.map((name) => (name === label ? strength : 0));
    const rows = [at('I-x', 2), at('I-x', 1), at('O', 2), at('B-y', 9)];
    const outputs = { logits: hostTensor('float32', [1, 4, 4], rows.flat()), lengths: hostTensor('int32', [1], [3]) };
    const [only] = head.decode(outputs, spec);
    expect(only!.tags).toEqual(['B-x', 'I-x', 'O']);
    expect(only!.spans).toEqual([
      { label: 'x', start: 0, end: 2, probability: expect.closeTo(Math.E / (Math.E + 3), 6) },
    ]);
    expect(() => head.decode(outputs, { ...spec, labels: ['O'] })).toThrow('expected logits [batch, time, 1]');
  });

  test('needs a sequence', () => {
    expect(() => head.task(spec).layer.init(key(1), [3])).toThrow('expected a sequence [time, features]. Found [3].');
  });

  test('learns tags that depend on their own step', () => {
    const words = ['paris', 'to', 'rome', 'big'];
    const texts = [['to', 'paris'], ['big', 'rome', 'to', 'big', 'paris'], ['rome'], ['to', 'to', 'big', 'rome']];
    const labels = texts.map((text) =>
      text.map((word, at) => (word === 'to' ? 'O' : at > 0 && text[at - 1] === 'big' ? 'I-city' : 'B-city')),
    );
    const own = tag({ hidden: [8] });
    const fitted = own.fit(labels);
    const { layer, loss } = own.task(fitted);
    const lengths = tf.tensor1d(
      texts.map(({ length }) => length),
      'int32',
    );
    // each word and the one before it
    const values = tf.tensor(
      Float32Array.from({ length: 4 * 5 * 8 }, (_, at) => {
        const [row, step, place] = [Math.floor(at / 40), Math.floor(at / 8) % 5, at % 8];
        const word = place < 4 ? texts[row]![step] : texts[row]![step - 1];
        return word === words[place % 4] ? 1 : 0;
      }),
      [4, 5, 8],
    );
    let params = toTensors(layer.init(key(2), [5, 8]).params as object) as Tree<tf.Tensor>;
    const targets = toTensors(own.target(labels, fitted).tensors) as never;
    for (let step = 0; step < 150; step++) {
      const found = gradients(
        () => meanLoss(loss(layer.apply(params as never, { values, lengths }, infer), targets)),
        Object.fromEntries(leaves<tf.Tensor>(params)),
      );
      params = mapTree<tf.Tensor, tf.Tensor>(params, (value, path) =>
        tf.sub(value, tf.mul(found.gradients[path]!, 0.5)),
      );
    }
    const outputs = layer.apply(params as never, { values, lengths }, infer);
    const host = {
      logits: hostTensor('float32', outputs.logits.shape, numbers(outputs.logits)),
      lengths: hostTensor('int32', [4], numbers(lengths)),
    };
    expect(own.decode(host, fitted).map(({ tags }) => tags)).toEqual(labels);
  });
});
