import { type HostTensor, PolytaskError, readSafetensors, writeSafetensors } from '@polytask/base';
import type { Host } from '@polytask/core';
import { type TokenizerJson, tokenizerJson } from '@polytask/data';
import { type BertSizes, bertConfig, bertSizes } from './bert-config.ts';
import type { BertParams } from './bert-layer.ts';
import { bertFromTensors, bertToTensors, mlmHeadFromTensors, mlmToTensors } from './bert-weights.ts';
import type { MlmHeadParams } from './masked-language-model.ts';

/** A pretrained BERT encoder: what `bertEncoder` is given. */
export type PretrainedBert = {
  readonly sizes: BertSizes;
  readonly params: Host<BertParams>;
  readonly tokenizer: TokenizerJson;
  /** The masked-language-model head, where the folder has one. */
  readonly head?: Host<MlmHeadParams>;
  /** Tensors of the file that are no part of the encoder. */
  readonly left: readonly string[];
};

/**
 * Reads a folder of Hugging Face's form: `config.json`; `model.safetensors`, or the shards that `model.safetensors.index.json` names;
 * `tokenizer.json`, or `vocab.txt` with `do_lower_case` from `tokenizer_config.json` (default true). BERT, DistilBERT and MiniLM. Node only.
 *
 * @throws PolytaskError usage E1405 a file that is missing or cannot be read · data E2413 a configuration that this encoder does not have · E2414
 * tensors that are missing or have other shapes · E2415 no WordPiece vocabulary, or one of another size · E2601 a damaged safetensors file.
 */
export async function readBertFolder(folder: string): Promise<PretrainedBert> {
  const { join } = globalThis.process.getBuiltinModule('node:path');
  const file = (name: string) => join(folder, name);
  const sizes = bertSizes(await readJson(file('config.json')), file('config.json'));
  const tensors = await readTensors(file);
  const { params, left } = bertFromTensors(tensors, sizes, file('model.safetensors'));
  const guessing = mlmHeadFromTensors(tensors, sizes);
  const tokenizer = await readTokenizer(file);
  const ids = [...Object.values(tokenizer.model.vocab), ...(tokenizer.added_tokens ?? []).map(({ id }) => id)];
  const found = ids.reduce((most, id) => Math.max(most, id), -1) + 1;
  if (!(found > 0 && found <= sizes.tokens)) {
    const message = `The vocabulary has ${found} tokens, the model ${sizes.tokens}.`;
    throw new PolytaskError('data', { code: 'E2415', file: folder, message });
  }
  if (!guessing) return { sizes, params, tokenizer, left };
  const { head, used } = guessing;
  return { sizes, params, tokenizer, head, left: left.filter((name) => !used.includes(name)) };
}

/**
 * Writes an encoder as a folder that Hugging Face's transformers and `readBertFolder` read: `config.json`, `model.safetensors`,
 * `tokenizer.json`, `vocab.txt`. Node only.
 *
 * With a masked-language-model `head`, it is one of BertForMaskedLM. Low-rank changes have to be merged before, see `mergeLora`.
 */
export async function saveBertFolder(
  folder: string,
  { sizes, params, tokenizer, head }: Omit<PretrainedBert, 'left'>,
): Promise<void> {
  const { join } = globalThis.process.getBuiltinModule('node:path');
  const { mkdir, writeFile } = globalThis.process.getBuiltinModule('node:fs').promises;
  await mkdir(folder, { recursive: true });
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  const vocabulary = Object.entries(tokenizer.model.vocab).sort(([, a], [, b]) => a - b);
  await writeFile(join(folder, 'config.json'), json(bertConfig(sizes, head && 'ForMaskedLM')));
  const tensors = head ? mlmToTensors(params, head, sizes) : bertToTensors(params, sizes);
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  await writeFile(join(folder, 'tokenizer.json'), json(tokenizer));
  await writeFile(join(folder, 'vocab.txt'), vocabulary.map(([token]) => `${token}\n`).join(''));
}

type FileOf = (name: string) => string;

async function readTensors(file: FileOf): Promise<ReadonlyMap<string, HostTensor>> {
  const whole = await readOptional(file('model.safetensors'));
  if (whole) return readSafetensors(whole).tensors;
  const index = file('model.safetensors.index.json');
  const read = await readOptional(index);
  if (!read) throw missing(file('model.safetensors'), 'Neither it nor model.safetensors.index.json is there.');
  const { weight_map: places } = parsed(read, index) as { readonly weight_map?: Readonly<Record<string, string>> };
  if (typeof places !== 'object' || places === null)
    throw new PolytaskError('data', {
      code: 'E2413',
      path: 'weight_map',
      file: index,
      message: 'Missing: expected the file of each tensor.',
    });
  const shards = [...new Set(Object.values(places))];
  const found = await Promise.all(shards.map(async (name) => [name, await readOptional(file(name))] as const));
  const absent = found.flatMap(([name, bytes]) => (bytes ? [] : [absence(file(name), 'The index names it.')]));
  if (absent.length > 0) throw new PolytaskError('usage', absent);
  const tensors = new Map<string, HostTensor>();
  for (const [shard, bytes] of found)
    for (const [name, tensor] of readSafetensors(bytes!).tensors) if (places[name] === shard) tensors.set(name, tensor);
  return tensors;
}

async function readTokenizer(file: FileOf): Promise<TokenizerJson> {
  const whole = await readOptional(file('tokenizer.json'));
  if (whole) {
    const tokenizer = parsed(whole, file('tokenizer.json')) as TokenizerJson;
    if (tokenizer?.model?.type === 'WordPiece') return tokenizer;
    const message = `Expected a WordPiece model. Found ${JSON.stringify(tokenizer?.model?.type ?? null)}.`;
    throw new PolytaskError('data', { code: 'E2415', file: file('tokenizer.json'), message });
  }
  const vocabulary = await readOptional(file('vocab.txt'));
  if (!vocabulary) throw missing(file('tokenizer.json'), 'Neither it nor vocab.txt is there.');
  const settings = await readOptional(file('tokenizer_config.json'));
  const { do_lower_case: lowercase = true } = (settings ? parsed(settings, file('tokenizer_config.json')) : {}) as {
    do_lower_case?: boolean;
  };
  const lines = new TextDecoder().decode(vocabulary).split(/\r?\n/u);
  if (lines.at(-1) === '') lines.pop();
  return tokenizerJson(lines, { lowercase });
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readOptional(path);
  if (!bytes) throw missing(path, 'It is not there.');
  return parsed(bytes, path);
}

function parsed(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    const message = `It is not JSON: ${(error as Error).message}.`;
    throw new PolytaskError('data', { code: 'E2413', file: path, message }, { cause: error });
  }
}

async function readOptional(path: string): Promise<Uint8Array | undefined> {
  try {
    return await globalThis.process.getBuiltinModule('node:fs').promises.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PolytaskError(
      'usage',
      { code: 'E1405', file: path, message: (error as Error).message },
      { cause: error },
    );
  }
}

const absence = (file: string, message: string) => ({ code: 'E1405', file, message });
const missing = (file: string, message: string) => new PolytaskError('usage', absence(file, message));
