import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fold, key, leaves } from '@polytask/base';
import { context, gradients, type Host, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { tokenizerJson } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BertSizes } from './bert-config.ts';
import { readBertFolder, saveBertFolder } from './bert-folder.ts';
import { bert } from './bert-layer.ts';
import { type MlmParams, maskedLanguageModel, mlmTask } from './masked-language-model.ts';
import { tokenMasker } from './token-masker.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'rate', '##s', 'rise', '##n', '##ing', 'bank', 'fall'];
const tokenizer = tokenizerJson(words);
const list = fc.array(fc.integer({ min: 1, max: words.length - 1 }), { maxLength: 60 }).map((ids) => [2, ...ids, 3]);

describe('tokenMasker', () => {
  test('guesses 15 % of the tokens that are not special, at least one, at their places in ascending order', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 1e6 }), fc.boolean(), (ids, seed, wholeWords) => {
        const masker = tokenMasker(tokenizer, { wholeWords });
        const { ids: hidden, positions, labels } = masker.mask(ids, key(seed));
        const ordinary = ids.filter((id) => id > 4).length;
        const wanted = ordinary > 0 ? Math.max(1, Math.round(0.15 * ordinary)) : 0;
        if (wholeWords) expect(positions.length).toBeLessThanOrEqual(wanted);
        else expect(positions.length).toBe(wanted);
        expect(positions.length > 0).toBe(ordinary > 0);
        expect(positions.length).toBeLessThanOrEqual(masker.most(ids.length));
        expect([...positions]).toEqual([...new Set(positions)].sort((a, b) => a - b));
        expect([...labels]).toEqual([...positions].map((at) => ids[at]));
        expect([...labels].every((id) => id > 4)).toBe(true);
        const others = (row: ArrayLike<number>) => Array.from(row).filter((_, at) => !positions.includes(at));
        expect(others(hidden)).toEqual(others(ids));
        for (const at of positions) expect(hidden[at] === 4 || hidden[at]! > 4).toBe(true);
      }),
    );
  });

  test('80 % become [MASK], 10 % another token, 10 % stay', () => {
    const ids = [2, ...Array.from({ length: 200 }, (_, at) => 5 + (at % 7)), 3];
    const counts = { mask: 0, other: 0, same: 0 };
    const masker = tokenMasker(tokenizer, { rate: 0.5 });
    for (let seed = 0; seed < 100; seed++) {
      const { ids: hidden, positions } = masker.mask(ids, fold(key(1), seed));
      for (const at of positions) counts[hidden[at] === 4 ? 'mask' : hidden[at] === ids[at] ? 'same' : 'other']++;
    }
    const total = counts.mask + counts.other + counts.same;
    expect(total).toBe(10_000);
    // of 7 tokens a random one is the same in one of seven draws; 4σ of 10,000 draws is 1.6 points
    expect(Math.abs(counts.mask / total - 0.8)).toBeLessThan(0.016);
    expect(Math.abs(counts.other / total - (0.1 * 6) / 7)).toBeLessThan(0.016);
    expect(Math.abs(counts.same / total - (0.1 + 0.1 / 7))).toBeLessThan(0.016);
  });

  test('what is hidden is told by the key and the text alone', () => {
    const masker = tokenMasker(tokenizer);
    const ids = [2, ...Array.from({ length: 40 }, (_, at) => 5 + (at % 7)), 3];
    expect(masker.mask(ids, key(3))).toEqual(tokenMasker(tokenizer).mask(ids, key(3)));
    expect(masker.mask(ids, key(3)).positions).not.toEqual(masker.mask(ids, key(4)).positions);
  });

  test('hides all pieces of a word or none, with wholeWords', () => {
    const masker = tokenMasker(tokenizer, { wholeWords: true, rate: 0.4, masked: 1, random: 0 });
    // rate ##s | rise | bank ##ing | fall | rise ##n
    const ids = [2, 5, 6, 7, 10, 9, 11, 7, 8, 3];
    const wordOf = [0, 1, 1, 2, 3, 3, 4, 5, 5, 0];
    for (let seed = 0; seed < 50; seed++) {
      const { positions } = masker.mask(ids, key(seed));
      for (const at of positions)
        for (const [other, word] of wordOf.entries()) if (word === wordOf[at]) expect([...positions]).toContain(other);
    }
    // one word of four pieces, of which one is to be guessed
    expect([...tokenMasker(tokenizer, { wholeWords: true }).mask([2, 5, 6, 9, 8, 3], key(1)).positions]).toEqual([1]);
  });

  test.each([
    [{ rate: 0 }, 'rate'],
    [{ rate: 1 }, 'rate'],
    [{ masked: 0.8, random: 0.3 }, 'masked, random'],
  ])('refuses %o', (options, name) => {
    expect(() => tokenMasker(tokenizer, options)).toThrow(name);
  });
});

const sizes: BertSizes = {
  tokens: words.length,
  positions: 12,
  segments: 2,
  width: 8,
  layers: 2,
  heads: 2,
  hidden: 12,
  activation: 'gelu',
  epsilon: 1e-12,
};

describe('maskedLanguageModel', () => {
  const layer = maskedLanguageModel({ ...sizes, dropout: 0 });
  const host = () => layer.init(key(6), [12]).params;
  const infer = context('infer', random(key(1)));
  const inputs = () => ({
    ids: tf.tensor2d([2, 5, 4, 10, 3, 0, 2, 4, 3, 0, 0, 0], [2, 6], 'int32'),
    lengths: tf.tensor1d([5, 3], 'int32'),
    positions: tf.tensor2d([2, 3, 1, 0], [2, 2], 'int32'),
  });

  test('its logits are those of the states at the given places, against the table of tokens', () => {
    const params = host();
    const tensors = toTensors(params as object) as unknown as MlmParams;
    const logits = layer.apply(tensors, inputs(), infer);
    expect(logits.shape).toEqual([4, words.length]);
    const { values } = bert({ ...sizes, pooling: 'cls', dropout: 0 }).states.apply(tensors.bert, inputs(), infer);
    const state = [...tf.slice(values, [0, 3, 0], [1, 1, 8]).dataSync()];
    const { dense } = params.head;
    const erf = (x: number) => {
      let [term, sum] = [x, x];
      for (let n = 1; n < 60; n++) {
        term *= (-x * x) / n;
        sum += term / (2 * n + 1);
      }
      return (2 / Math.sqrt(Math.PI)) * sum;
    };
    const inner = Array.from({ length: 8 }, (_, to) => {
      const x = state.reduce((sum, value, from) => sum + value * dense.weight.data[from * 8 + to]!, 0);
      return (x / 2) * (1 + erf(x / Math.SQRT2));
    });
    const mean = inner.reduce((sum, value) => sum + value, 0) / 8;
    const deviation = Math.sqrt(inner.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 8 + 1e-12);
    const table = params.bert.tokens.table.data;
    const expected = words.map((_, token) =>
      inner.reduce((sum, value, at) => sum + ((value - mean) / deviation) * table[token * 8 + at]!, 0),
    );
    // layerNorm sees values of some 10⁻⁴, which float32 holds to 10⁻³ of their spread
    [...tf.slice(logits, [1, 0], [1, words.length]).dataSync()].forEach((value, at) => {
      expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-4);
    });
  });

  test('unused places have no part in the loss, and the table learns from both its uses', () => {
    const tensors = toTensors(host() as object) as unknown as MlmParams;
    const loss = (labels: number[]) =>
      mlmTask().loss(layer.apply(tensors, inputs(), infer), { labels: tf.tensor1d(labels, 'int32') });
    expect(loss([6, 10, 7, -1]).count.dataSync()[0]).toBe(3);
    const flat = Object.fromEntries(leaves<tf.Tensor>(tensors as never));
    const { gradients: found } = gradients(() => loss([6, 10, 7, -1]).sum, flat);
    expect(Object.entries(found).flatMap(([path, gradient]) => (gradient === null ? [path] : []))).toEqual([]);
    const rows = (found['bert.tokens.table'] as tf.Tensor2D).arraySync();
    expect(rows[11]!.some((value) => value !== 0)).toBe(true); // in no text: as an output alone
  });
});

describe('folders with a head', () => {
  const folder = mkdtempSync(join(tmpdir(), 'polytask-mlm-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([2, 0])('are written and read again, bit by bit: %i segments', async (segments) => {
    const own = { ...sizes, segments };
    const { bert: params, head } = maskedLanguageModel({ ...own, dropout: 0 }).init(key(8), [12])
      .params as Host<MlmParams>;
    const at = join(folder, String(segments));
    await saveBertFolder(at, { sizes: own, params, tokenizer, head });
    const read = await readBertFolder(at);
    expect(leaves(read.params as never)).toEqual(leaves(params as never));
    expect(leaves(read.head as never)).toEqual(leaves(head as never));
    expect(read.left).toEqual([]);
    const { architectures } = JSON.parse(readFileSync(join(at, 'config.json'), 'utf8'));
    expect(architectures).toEqual([segments > 0 ? 'BertForMaskedLM' : 'DistilBertForMaskedLM']);
  });
});
