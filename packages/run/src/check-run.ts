import { fold, type Problem } from '@polytask/base';
import { openDevice } from '@polytask/engine';
import { labelOf } from './batches.ts';
import type { Run } from './config/run.ts';
import type { PartName } from './data/split-data.ts';
import { requireWritable } from './folder/make-folder.ts';
import { initParams } from './init-params.ts';
import { labelsInOrder } from './labels.ts';
import { type Prepared, prepare } from './prepare.ts';
import { allOrProblems } from './problems.ts';
import { countParameters, stepsOf } from './session.ts';

/** What a run would do, found out without training. */
export type RunCheck = {
  readonly rows: number;
  /** Rows set aside as bad. */
  readonly quarantined: number;
  /** Examples per part. */
  readonly parts: { readonly train: number; readonly validation: number; readonly test: number };
  readonly tasks: Readonly<Record<string, TaskCheck>>;
  /** Examples that have labels of both tasks, by the two task names. */
  readonly overlap: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Examples without a label of any task. */
  readonly unlabelled: number;
  /** Lengths that training batches of texts and sounds are padded to. */
  readonly buckets: readonly number[];
  readonly parameters: { readonly shared: number; readonly total: number };
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** What is worth a look but hinders nothing. */
  readonly notes: readonly Problem[];
};

export type TaskCheck = {
  readonly labels: readonly string[];
  /** Labels present per part; the other examples of the part lack one. */
  readonly present: { readonly train: number; readonly validation: number; readonly test: number };
  /** Training examples per label. */
  readonly counts: Readonly<Record<string, number>>;
};

/**
 * Opens the data, splits it, fits the encoder and builds the model, and reports what a training run would use.
 *
 * @throws PolytaskError with all problems that can be found at once: usage (columns, files, device, an output folder that cannot be
 * written) or data.
 */
export async function checkRun(run: Run, { out = 'runs' }: { readonly out?: string } = {}): Promise<RunCheck> {
  const [prepared] = (await allOrProblems<unknown>([
    () => prepare(run),
    () => requireWritable(out),
    () => openDevice(run.config.device),
  ])) as [Prepared];
  const { data, split, whole, cleaning, notes, buckets, batches, model, parts, root } = prepared;
  const { train, tasks } = run.config;
  const template = initParams(model, fold(root, 'parameters'));
  const { stepsPerEpoch, steps } = stepsOf(train, batches.batchesPerEpoch);
  const has = (part: PartName, task: string) =>
    prepared.examplesOf(part).filter((example) => labelOf(example, task) !== null).length;
  const names = Object.keys(tasks);
  const both = (one: string, other: string) =>
    data.examples.filter((example) => labelOf(example, one) !== null && labelOf(example, other) !== null).length;
  const table = <Value>(value: (task: string) => Value) => Object.fromEntries(names.map((task) => [task, value(task)]));
  return {
    rows: whole.data.examples.length + whole.data.quarantine.length,
    quarantined: whole.data.quarantine.length + (cleaning?.quarantine.length ?? 0),
    parts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    tasks: table((task) => ({
      labels: labelsInOrder(prepared.specs.heads[task], prepared.labelCounts[task]!.keys()),
      present: { train: has('train', task), validation: has('validation', task), test: has('test', task) },
      counts: Object.fromEntries(prepared.labelCounts[task]!),
    })),
    overlap: table((one) => table((other) => both(one, other))),
    unlabelled: data.examples.filter((example) => names.every((task) => labelOf(example, task) === null)).length,
    // images and rows have no length
    buckets: parts.type === 'text' || parts.type === 'speech' ? buckets : [],
    parameters: countParameters(template),
    stepsPerEpoch,
    steps,
    notes,
  };
}
