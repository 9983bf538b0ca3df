import { readFile } from 'node:fs/promises';
import { PolytaskError } from '@polytask/base';
import { type AnyTask, defineModel } from '@polytask/core';
import type { TokenizerJson } from '@polytask/data';
import { readBertFolder } from '@polytask/encoders';
import type { AnyModel } from '@polytask/train';
import { inputColumns } from './config/input-columns.ts';
import type { NamedEncoder, NamedHead, Run } from './config/run.ts';
import type { InputConfig, RunConfig } from './config/schema.ts';
import type { CleaningRecord } from './data/clean-data.ts';
import { type EncoderFiles, encoderFor, headFor } from './registry.ts';
import { masksMaps, sharingFor, tiesFor } from './sharing.ts';

/** What was fitted on the training part: JSON, saved with the run, all that prediction needs besides the weights. */
export type Specs = {
  readonly encoder: unknown;
  readonly heads: Readonly<Record<string, unknown>>;
  /** Of families of tasks (`each`): training labels of a task, on average. */
  readonly families?: Readonly<Record<string, number>>;
  /** Where the run cleans its data. */
  readonly cleaning?: CleaningRecord;
};

/** The objects a run's model is built of. */
export type Parts = {
  /** The name of the input. */
  readonly input: string;
  readonly type: InputConfig['type'];
  /** What the input is read from: one column, or the first of several. */
  readonly column: string;
  readonly columns: readonly string[];
  readonly encoder: NamedEncoder;
  readonly heads: Readonly<Record<string, NamedHead>>;
  readonly sharing: RunConfig['sharing'];
  readonly relations: RunConfig['relations'];
  readonly tasks: RunConfig['tasks'];
};

/**
 * Makes encoder and heads from the run's configuration.
 *
 * @param isNew whether parameters start here: else what was pretrained is in the weights of the run, and its folder is not needed.
 */
export async function makeParts({ config, objects }: Run, isNew: boolean): Promise<Parts> {
  const [[input, section]] = Object.entries(config.inputs) as [[string, InputConfig]];
  const { encoder } = section;
  const columns = inputColumns(section);
  const tokenizer =
    encoder.type === 'transformer' && encoder.tokenizer !== undefined ? await readTokenizer(encoder.tokenizer) : null;
  const pretrained =
    isNew && encoder.type === 'bert' && encoder.folder !== undefined ? await readBertFolder(encoder.folder) : null;
  const heads = Object.fromEntries(
    Object.entries(config.tasks).map(([name, task]) => [name, headFor(task, objects.heads[name])]),
  );
  return {
    input,
    type: section.type,
    column: columns[0]!,
    columns,
    encoder: fitting(input, () =>
      encoderFor(encoder, objects.encoders[input], { tokenizer, pretrained, ...givesFor(config) }),
    ),
    heads,
    sharing: config.sharing,
    relations: config.relations,
    tasks: config.tasks,
  };
}

/** Tags need a vector for each word, boxes one for each place, and masks the maps of all blocks. */
function givesFor({ tasks, sharing, inputs }: RunConfig): Pick<EncoderFiles, 'gives'> {
  if (masksMaps(sharing, Object.values(inputs)[0]!.encoder.type)) return { gives: 'levels' };
  const types = Object.values(tasks).map(({ type }) => type);
  return types.includes('tag') ? { gives: 'words' } : types.includes('detect') ? { gives: 'map' } : {};
}

/** What the factories find wrong only when they know the sizes in a folder. */
function fitting(input: string, make: () => NamedEncoder): NamedEncoder {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const problem = { code: 'E1205', path: `inputs.${input}.encoder`, message: error.message };
    throw new PolytaskError('usage', problem, { cause: error });
  }
}

/** The model that encoder, heads and their specs give. */
export function modelOf({ encoder, heads, sharing, relations, tasks: configs }: Parts, specs: Specs): AnyModel {
  const { layer, inputShape } = encoder.layer(specs.encoder);
  const tasks: Record<string, AnyTask> = Object.fromEntries(
    Object.entries(heads).map(([name, head]) => [name, head.task(specs.heads[name])]),
  );
  return defineModel({
    encoder: layer,
    inputShape,
    tasks,
    ties: tiesFor(Object.fromEntries(Object.keys(heads).map((name) => [name, configs[name]!])), specs.families),
    ...sharingFor(sharing, { relations, heads: specs.heads, levels: encoder.levels?.(specs.encoder) }),
  });
}

async function readTokenizer(file: string): Promise<TokenizerJson> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as TokenizerJson;
  } catch (error) {
    throw new PolytaskError(
      'usage',
      {
        code: 'E1211',
        path: 'inputs.*.encoder.tokenizer',
        file,
        message: `The tokenizer cannot be read: ${(error as Error).message}.`,
      },
      { cause: error },
    );
  }
}
