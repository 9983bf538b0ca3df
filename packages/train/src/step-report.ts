import type { Status, Weighed } from '@polytask/balance';
import type { GramianReport } from './gramian-report.ts';

/**
 * What one step did. Losses are means over the labels present; `null` where a task had none. What the Gramian tells is there when the step
 * measured one, `iterations` and `residual` when the balancer has a solver.
 */
export type StepReport<Task extends string = string> = {
  readonly step: number;
  readonly epoch: number;
  readonly losses: Readonly<Record<Task, number | null>>;
  readonly weights: Readonly<Record<Task, number>>;
  readonly learningRate: number;
  readonly examples: number;
  readonly status: Status;
} & Partial<GramianReport<Task>> &
  Solved;

/** How the solver of a balancer fared. */
export type Solved = Pick<Weighed<unknown>, 'iterations' | 'residual'>;

/** What of a solver there is to report. */
export const solved = ({ iterations, residual }: Solved): Solved => ({
  ...(iterations !== undefined && { iterations }),
  ...(residual !== undefined && { residual }),
});
