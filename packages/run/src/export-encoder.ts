import type { Host } from '@polytask/core';
import { type BertParams, type BertSpec, mergeLora, saveBertFolder } from '@polytask/encoders';
import { requireBert } from './config/require-bert.ts';
import type { Run } from './config/run.ts';
import { requireNew } from './folder/require-new.ts';
import { openModel } from './open-model.ts';

/**
 * The BERT encoder of a run's best model as a folder of Hugging Face's form: `config.json`, `model.safetensors`, `tokenizer.json`, `vocab.txt`. Low-rank
 * changes are added to the weights. The heads are not in it.
 *
 * @param run the run file read again: needed when it passed objects.
 * @throws PolytaskError usage E6001 not a run folder · E6008 no weights yet · E1220 a run without a BERT encoder · E1221 an `out` that has files.
 */
export async function exportEncoder(
  folder: string,
  { out, run: given }: { readonly out: string; readonly run?: Run },
): Promise<void> {
  const { run, specs, params } = await openModel(folder, given);
  requireBert(run.config);
  await requireNew(out);
  const spec = specs.encoder as BertSpec;
  const { encoder } = params as unknown as { readonly encoder: Host<BertParams> };
  const merged = spec.lora ? mergeLora(encoder, spec.lora) : encoder;
  await saveBertFolder(out, { sizes: spec, params: merged, tokenizer: spec.tokenizer });
}
