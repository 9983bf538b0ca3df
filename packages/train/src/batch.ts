import type { HostTensor, Tree } from '@polytask/base';
import type { StepReport } from './step-report.ts';

/** A tree of tensors outside a program. */
export type HostTree = Tree<HostTensor>;

/** One batch of fixed shape, ready for a program. */
export type Batch<Task extends string = string> = {
  readonly inputs: HostTree;
  readonly targets: Readonly<Record<Task, HostTree>>;
  /** How much each task's labels count in this batch; 0 where none is present. The sum over micro-batches divides the loss. */
  readonly counts: Readonly<Record<Task, number>>;
  /** Examples in it; the rows after them are padding. */
  readonly size: number;
  /** The pass over the data it belongs to, from 0. */
  readonly epoch: number;
  /** Whether it ends its epoch. */
  readonly last: boolean;
};

/** An endless stream of batches whose position can be saved and restored. */
export interface BatchSource<Task extends string = string> {
  readonly batchesPerEpoch: number;
  /** A promise where something has to be read first. The position moves on at the call. */
  next(): Batch<Task> | Promise<Batch<Task>>;
  /** Told what each step did, before the position is saved; for sources that choose by it. */
  observe?(report: StepReport<Task>): void;
  /**
   * Told at the end of each epoch where training stands, before its evaluation; for sources whose next epoch depends on it. What it makes of
   * that belongs to its state.
   */
  endEpoch?(standing: { readonly params: unknown; readonly epoch: number }): Promise<void>;
  /** JSON. */
  state(): unknown;
  restore(state: unknown): void;
}
