import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key, readSafetensors } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { bertSizes } from './bert-config.ts';
import { bert } from './bert-layer.ts';
import { bertFromTensors } from './bert-weights.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const parity = fileURLToPath(new URL('../../../../../shared/data/bert-parity/', import.meta.url));
describe.skipIf(!existsSync(parity))('Hugging Face’s own outputs', () => {
  const json = (name: string) => JSON.parse(readFileSync(join(parity, name), 'utf8'));
  const load = (name: string) => {
    const own = bertSizes(json(`${name}_config.json`));
    const { tensors } = readSafetensors(readFileSync(join(parity, `${name}.safetensors`)));
    return { own, tensors, ...bertFromTensors(tensors, own) };
  };
  const inputsOf = ({ sequences, token_types }: { sequences: number[][]; token_types?: number[][] }) => ({
    ids: tf.tensor2d(sequences, undefined, 'int32'),
    lengths: tf.tensor1d(
      sequences.map(({ length }) => length),
      'int32',
    ),
    ...(token_types && { segments: tf.tensor2d(token_types, undefined, 'int32') }),
  });
  const close = (found: tf.Tensor, expected: unknown) => {
    const values = (expected as number[]).flat(3);
    const given = found.dataSync();
    expect(given.length).toBe(values.length);
    values.forEach((value, at) => {
      expect(Math.abs(value - given[at]!)).toBeLessThan(1e-5);
    });
  };

  test.each(['tiny_bert', 'tiny_distilbert'])('%s: the states of all tokens', (name) => {
    const { own, params } = load(name);
    const expected = json(`${name}_hidden.json`);
    const { states, pooled } = bert({ ...own, pooling: params.pooler ? 'pooler' : 'cls', dropout: 0 });
    const tensors = toTensors(params as object) as never;
    close(states.apply(tensors, inputsOf(expected), infer).values, expected.hidden);
    if (expected.pooler) close(pooled.apply(tensors, inputsOf(expected), infer), expected.pooler);
  });

  test('a classifier on the pooler gives its logits', () => {
    const { own, params, tensors } = load('tiny_bert_seqcls');
    const expected = json('tiny_bert_seqcls_logits.json');
    const { pooled } = bert({ ...own, pooling: 'pooler', dropout: 0 });
    const features = pooled.apply(toTensors(params as object) as never, inputsOf(expected), infer);
    const { weight, bias } = toTensors({
      weight: tensors.get('classifier.weight')!,
      bias: tensors.get('classifier.bias')!,
    });
    close(tf.add(tf.matMul(features, weight, false, true), bias), expected.logits);
  });
});
