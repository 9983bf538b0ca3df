import { fold, key } from '@polytask/base';
import type { AnyModel, HostTree } from '@polytask/train';
import type { Run } from './config/run.ts';
import { readBest } from './folder/checkpoints.ts';
import type { DataRecord } from './folder/create.ts';
import { openFolder } from './folder/open.ts';
import { placeWeights } from './session.ts';
import { makeParts, modelOf, type Parts, type Specs } from './specs.ts';

/** The model of a run folder with its best weights, and what it was made from. */
export type OpenModel = {
  readonly run: Run;
  readonly specs: Specs;
  readonly data: DataRecord;
  readonly parts: Parts;
  readonly model: AnyModel;
  readonly params: HostTree;
};

/** @throws PolytaskError usage E6001 not a run folder · E6008 no weights yet. */
export async function openModel(folder: string, given?: Run): Promise<OpenModel> {
  const { run, specs, data } = await openFolder(folder, given);
  const { weights } = await readBest(folder);
  const parts = await makeParts(run, false);
  const model = modelOf(parts, specs);
  const template = model.init(fold(key(run.config.seed), 'parameters')) as HostTree;
  return { run, specs, data, parts, model, params: placeWeights(template, weights) };
}
