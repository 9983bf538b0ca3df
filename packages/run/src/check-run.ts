import type { Problem } from '@polytask/base';
import type { Run } from './config/run.ts';

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
  /** Lengths that training batches are padded to. */
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
export async function checkRun(_run: Run, _options: { readonly out?: string } = {}): Promise<RunCheck> {
  throw new Error('to do');
}
