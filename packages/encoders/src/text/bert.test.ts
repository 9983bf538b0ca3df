import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type HostTensor,
  hostTensor,
  key,
  leaves,
  PolytaskError,
  readSafetensors,
  writeSafetensors,
} from '@polytask/base';
import { context, type Host, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import { tokenizerJson } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeEncoderLaws } from '../testing/encoder-laws.ts';
import { bertEncoder } from './bert.ts';
import { type BertSizes, bertConfig, bertSizes } from './bert-config.ts';
import { readBertFolder, saveBertFolder } from './bert-folder.ts';
import { type BertParams, bert } from './bert-layer.ts';
import { bertFromTensors, bertToTensors } from './bert-weights.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const folder = mkdtempSync(join(tmpdir(), 'polytask-bert-'));
afterAll(() => rmSync(folder, { recursive: true }));

const infer = context('infer', random(key(1)));
const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'rates', 'rise', 'fall', '##ing', 'a'];
const sizes: BertSizes = {
  tokens: words.length,
  positions: 8,
  segments: 2,
  width: 6,
  layers: 2,
  heads: 2,
  hidden: 10,
  activation: 'gelu',
  epsilon: 1e-12,
};
const modelOf = (of: BertSizes = sizes, pooling: 'cls' | 'mean' | 'pooler' = 'pooler') =>
  bert({ ...of, pooling, dropout: 0 });
const fresh = (of: BertSizes = sizes): Host<BertParams> => {
  const made = modelOf(of).pooled.init(key(4), [8]).params;
  // nothing at 0 or 1, so that every parameter has its say
  let at = 0;
  const shaken = (tensor: HostTensor): HostTensor => ({
    ...tensor,
    data: Float32Array.from(tensor.data as Float32Array, (value) => value + Math.sin(++at) * 0.3),
  });
  const walk = (tree: unknown): unknown =>
    Array.isArray(tree)
      ? tree.map(walk)
      : typeof tree === 'object' && tree !== null && 'dtype' in tree
        ? shaken(tree as HostTensor)
        : Object.fromEntries(Object.entries(tree as object).map(([name, part]) => [name, walk(part)]));
  return walk(made) as Host<BertParams>;
};

/** One row, in plain numbers, step by step. */
function byHand(p: Host<BertParams>, ids: number[], { width, heads, hidden }: BertSizes): number[][] {
  const rowOf = ({ data }: HostTensor, row: number) => Array.from(data.slice(row * width, (row + 1) * width));
  const linear = (x: number[], { weight, bias }: { weight: HostTensor; bias?: HostTensor }, to: number) =>
    Array.from({ length: to }, (_, at) =>
      x.reduce((sum, value, from) => sum + value * weight.data[from * to + at]!, bias!.data[at]!),
    );
  const norm = (x: number[], { scale, bias }: { scale: HostTensor; bias: HostTensor }) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    return x.map((value, at) => ((value - mean) / Math.sqrt(variance + 1e-12)) * scale.data[at]! + bias.data[at]!);
  };
  // Abramowitz & Stegun would be too rough: the series of erf
  const erf = (x: number) => {
    let [term, sum] = [x, x];
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  };
  const gelu = (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2));
  let states = ids.map((id, at) => {
    const [token, place, segment] = [
      rowOf(p.tokens.table, id),
      rowOf(p.positions.table, at),
      rowOf(p.segments!.table, 0),
    ];
    return norm(
      token.map((value, column) => value + place[column]! + segment[column]!),
      p.norm,
    );
  });
  for (const block of p.blocks) {
    const size = width / heads;
    const [q, k, v] = (['query', 'key', 'value'] as const).map((name) =>
      states.map((x) => linear(x, block.attention[name], width)),
    ) as [number[][], number[][], number[][]];
    const attended = states.map((_, at) =>
      Array.from({ length: heads }, (_, head) => {
        const own = (x: number[]) => x.slice(head * size, (head + 1) * size);
        const scores = k.map((other) =>
          Math.exp(own(q[at]!).reduce((sum, value, i) => sum + value * own(other)[i]!, 0) / Math.sqrt(size)),
        );
        const total = scores.reduce((sum, value) => sum + value, 0);
        return Array.from({ length: size }, (_, i) =>
          scores.reduce((sum, score, j) => sum + (score / total) * own(v[j]!)[i]!, 0),
        );
      }).flat(),
    );
    states = states.map((x, at) => {
      const out = linear(attended[at]!, block.attention.output, width);
      const y = norm(
        x.map((value, i) => value + out[i]!),
        block.attentionNorm,
      );
      const fed = linear(linear(y, block.inner, hidden).map(gelu), block.outer, width);
      return norm(
        y.map((value, i) => value + fed[i]!),
        block.outputNorm,
      );
    });
  }
  return states;
}

const idsOf = (ids: number[], padded: number) => ({
  ids: tf.tensor2d([...ids, ...new Array<number>(padded - ids.length).fill(3)], [1, padded], 'int32'),
  lengths: tf.tensor1d([ids.length], 'int32'),
});

test('states are those of the formulas, whatever stands in the padding', () => {
  const params = fresh();
  const expected = byHand(params, [2, 5, 6, 8, 3], sizes).flat();
  for (const padded of [5, 8]) {
    const { values } = modelOf().states.apply(
      toTensors(params as object) as never,
      idsOf([2, 5, 6, 8, 3], padded),
      infer,
    );
    const found = [...tf.slice(values, [0, 0, 0], [1, 5, 6]).dataSync()];
    found.forEach((value, at) => {
      expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-5);
    });
  }
});

test('pooling takes the first token, the mean, or the pooler’s', () => {
  const params = fresh();
  const own = toTensors(params as object) as never;
  const inputs = idsOf([2, 5, 3], 5);
  const states = byHand(params, [2, 5, 3], sizes);
  const at = (pooling: 'cls' | 'mean' | 'pooler') => [
    ...modelOf(sizes, pooling).pooled.apply(own, inputs, infer).dataSync(),
  ];
  at('cls').forEach((value, column) => {
    expect(value).toBeCloseTo(states[0]![column]!, 5);
  });
  at('mean').forEach((value, column) => {
    expect(value).toBeCloseTo((states[0]![column]! + states[1]![column]! + states[2]![column]!) / 3, 5);
  });
  const { weight, bias } = params.pooler!;
  at('pooler').forEach((value, column) => {
    const z = states[0]!.reduce((sum, x, row) => sum + x * weight.data[row * 6 + column]!, bias!.data[column]!);
    expect(value).toBeCloseTo(Math.tanh(z), 5);
  });
});

describe('folders', () => {
  const tokenizer = tokenizerJson(words);

  test.each([
    ['BERT', sizes],
    ['DistilBERT', { ...sizes, segments: 0, activation: 'relu' } satisfies BertSizes],
  ])('%s: what is written is read again, bit by bit', async (name, own) => {
    const { pooler, ...rest } = fresh(own);
    const params = own.segments > 0 ? { ...rest, pooler: pooler! } : rest;
    await saveBertFolder(join(folder, name), { sizes: own, params, tokenizer });
    const read = await readBertFolder(join(folder, name));
    expect(read.sizes).toEqual(own);
    expect(read.left).toEqual([]);
    expect(leaves(read.params as never)).toEqual(leaves(params as never));
    expect(read.tokenizer).toEqual(tokenizer);
    const names = [...readSafetensors(readFileSync(join(folder, name, 'model.safetensors'))).tensors.keys()];
    expect(names).toContain(
      own.segments > 0 ? 'encoder.layer.1.attention.self.query.weight' : 'transformer.layer.1.attention.q_lin.weight',
    );
  });

  test('shards, prefixes, a vocabulary as lines and names of TensorFlow’s are read too', async () => {
    const params = fresh();
    const renamed = [...bertToTensors(params, sizes)].map(
      ([name, tensor]) =>
        [
          `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')}`,
          tensor,
        ] as const,
    );
    const own = join(folder, 'shards');
    await saveBertFolder(own, { sizes, params, tokenizer });
    for (const name of ['model.safetensors', 'tokenizer.json']) rmSync(join(own, name));
    const halves = {
      'a.safetensors': renamed.slice(0, 9),
      'b.safetensors': [...renamed.slice(9), ['cls.bias', hostTensor('float32', [1], [0])] as const],
    };
    for (const [name, part] of Object.entries(halves)) writeFileSync(join(own, name), writeSafetensors(new Map(part)));
    const map = Object.entries(halves).flatMap(([name, part]) => part.map(([tensor]) => [tensor, name]));
    writeFileSync(join(own, 'model.safetensors.index.json'), JSON.stringify({ weight_map: Object.fromEntries(map) }));
    const read = await readBertFolder(own);
    expect(leaves(read.params as never)).toEqual(leaves(params as never));
    expect(read.left).toEqual(['cls.bias']);
    expect(read.tokenizer.model.vocab).toEqual(tokenizer.model.vocab);
  });

  test('what is missing or does not fit is named, all of it', async () => {
    const tensors = bertToTensors(fresh(), sizes);
    tensors.delete('encoder.layer.0.intermediate.dense.bias');
    tensors.set('embeddings.position_embeddings.weight', hostTensor('float32', [4, 6], new Float32Array(24)));
    expect(problemsOf(() => bertFromTensors(tensors, sizes))).toEqual([
      {
        code: 'E2414',
        path: 'embeddings.position_embeddings.weight',
        message: 'Expected the shape [8, 6]. Found [4, 6].',
      },
      {
        code: 'E2414',
        path: 'encoder.layer.0.intermediate.dense.bias',
        message: 'Missing: expected a tensor of shape [10].',
      },
    ]);
    const config = { ...bertConfig(sizes), model_type: 'roberta', hidden_act: 'swish', num_hidden_layers: 0 };
    expect(problemsOf(() => bertSizes(config)).map(({ path }) => path)).toEqual([
      'model_type',
      'hidden_act',
      'num_hidden_layers',
    ]);
    expect(problemsOf(() => bertSizes({ ...bertConfig(sizes), num_attention_heads: 4 }))[0]!.message).toBe(
      'Expected a divisor of 6. Found 4.',
    );
    await expect(readBertFolder(join(folder, 'nowhere'))).rejects.toThrow('E1405');
    const small = join(folder, 'small');
    await saveBertFolder(small, { sizes, params: fresh(), tokenizer: tokenizerJson([...words, 'more']) });
    await expect(readBertFolder(small)).rejects.toThrow('The vocabulary has 11 tokens, the model 10.');
  });
});

describe('damaged folders', () => {
  const tokenizer = tokenizerJson(words);
  const made = async (name: string) => {
    const own = join(folder, name);
    await saveBertFolder(own, { sizes, params: fresh(), tokenizer });
    return own;
  };
  const problems = async (own: string) => {
    try {
      await readBertFolder(own);
    } catch (error) {
      if (PolytaskError.is(error))
        return error.problems.map(({ code, file, path }) => [code, file?.slice(own.length + 1), path]);
    }
    throw new Error('Nothing was thrown.');
  };
  /** In two shards, of which an index tells. */
  const sharded = async (name: string) => {
    const own = await made(name);
    const all = [...bertToTensors(fresh(), sizes)];
    rmSync(join(own, 'model.safetensors'));
    const map = Object.fromEntries(all.map(([tensor], at) => [tensor, at < 5 ? 'a.safetensors' : 'b.safetensors']));
    for (const [file, part] of [
      ['a.safetensors', all.slice(0, 5)],
      ['b.safetensors', all.slice(5)],
    ] as const)
      writeFileSync(join(own, file), writeSafetensors(new Map(part)));
    return {
      own,
      map,
      index: (value: unknown) => writeFileSync(join(own, 'model.safetensors.index.json'), JSON.stringify(value)),
    };
  };

  test('all shards that are missing are named', async () => {
    const { own, map, index } = await sharded('no-shards');
    index({ weight_map: map });
    expect(leaves((await readBertFolder(own)).params as never)).toHaveLength(bertToTensors(fresh(), sizes).size);
    for (const name of ['a', 'b']) rmSync(join(own, `${name}.safetensors`));
    expect(await problems(own)).toEqual([
      ['E1405', 'a.safetensors', undefined],
      ['E1405', 'b.safetensors', undefined],
    ]);
  });

  test('a tensor that stands in no shard, or not in the one that the index names, is missing', async () => {
    const { own, map, index } = await sharded('wrong-index');
    const { 'pooler.dense.weight': _, 'embeddings.LayerNorm.bias': __, ...others } = map;
    index({ weight_map: { ...others, 'embeddings.LayerNorm.bias': 'b.safetensors' } });
    expect(await problems(own)).toEqual([['E2414', 'model.safetensors', 'embeddings.LayerNorm.bias']]);
    index({ metadata: {} });
    expect(await problems(own)).toEqual([['E2413', 'model.safetensors.index.json', 'weight_map']]);
  });

  test.each(['config.json', 'tokenizer.json'])('%s that is no JSON is named', async (name) => {
    const own = await made(`no-json-${name}`);
    writeFileSync(join(own, name), '{ "half": ');
    expect(await problems(own)).toEqual([['E2413', name, undefined]]);
  });

  test('another number of tokens in the configuration than rows in the table is a shape that does not fit', async () => {
    const own = await made('other-rows');
    writeFileSync(join(own, 'config.json'), JSON.stringify({ ...bertConfig(sizes), vocab_size: 12 }));
    await expect(readBertFolder(own)).rejects.toThrow('Expected the shape [12, 6]. Found [10, 6].');
    writeFileSync(join(own, 'config.json'), JSON.stringify({ ...bertConfig(sizes), num_attention_heads: 5 }));
    await expect(readBertFolder(own)).rejects.toThrow('Expected a divisor of 6. Found 5.');
  });

  test('a token that was added behind the table is too many', async () => {
    const own = await made('added');
    const added = { ...tokenizer.added_tokens[0]!, id: 10, content: '[NEW]' };
    writeFileSync(
      join(own, 'tokenizer.json'),
      JSON.stringify({ ...tokenizer, added_tokens: [...tokenizer.added_tokens, added] }),
    );
    await expect(readBertFolder(own)).rejects.toThrow('The vocabulary has 11 tokens, the model 10.');
  });
});

describe('encoder', () => {
  const texts = ['Rates rise again', 'A great, great film, and a long one', 'rain'];
  describeEncoderLaws(
    'bert',
    () =>
      bertEncoder({
        layers: 1,
        width: 8,
        heads: 2,
        vocabulary: 60,
        maxLength: 16,
        dropout: 0.2,
        pooling: 'pooler',
      }) as never,
    texts,
  );

  test('starts from pretrained weights, with their vocabulary', () => {
    const params = fresh();
    const encoder = bertEncoder({ pretrained: { sizes, params, tokenizer: tokenizerJson(words) }, pooling: 'cls' });
    const spec = encoder.fit(texts, key(1));
    expect(spec.maxLength).toBe(8);
    expect([...encoder.encode('Rates rising', spec)]).toEqual([2, 5, 1, 3]);
    const { layer, inputShape } = encoder.layer(spec);
    const { pooler: _, ...expected } = params;
    expect(layer.init(key(9), inputShape).params).toEqual(expected);
  });
});

function problemsOf(body: () => unknown) {
  try {
    body();
  } catch (error) {
    if (PolytaskError.is(error)) return error.problems.map(({ code, path, message }) => ({ code, path, message }));
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
