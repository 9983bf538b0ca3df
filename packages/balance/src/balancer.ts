import type { Key } from '@polytask/base';

/** What a step knows of its tasks, all in task order. */
export type Statistics = {
  /**
   * The mean loss of every task. Entries of absent tasks mean nothing (NaN, as a rule) and are never read; for a balancer that
   * knows its weights before, the whole array may be empty.
   */
  readonly losses: readonly number[];
  /** Which tasks have labels in this step. */
  readonly present: readonly boolean[];
  /** Gᵢⱼ = gᵢ · gⱼ of the gradients of the task losses with respect to the shared parameters. Needed by `needs: 'gramian'`. */
  readonly gramian?: readonly (readonly number[])[];
  /** Counts from 0. */
  readonly step: number;
  /** Counts from 0. */
  readonly epoch: number;
};

/**
 * Whether the weights are what the method means and lead somewhere.
 *
 * `degenerate` says why not: the weights are a finite stand-in where the method is undefined, or the weighted gradients cancel.
 */
export type Status = { readonly kind: 'ok' } | { readonly kind: 'degenerate'; readonly reason: string };

/** What `weigh` answers. */
export type Weighed<State> = {
  readonly weights: number[];
  readonly state: State;
  readonly status: Status;
  /** Steps of the solver, for methods that have one. */
  readonly iterations?: number;
  /** How far the weights are from the method's equation, relative to the equation's own terms. */
  readonly residual?: number;
};

/**
 * How several task losses share one update: the step descends along Σₖ wₖ ∇Lₖ with the weights of `weigh`.
 *
 * Everything is plain numbers in float64. `State` is plain data and survives JSON; nothing given is changed. Absent tasks get
 * weight 0 and keep their part of the state. Any object that fits, fits; `describeBalancerLaws` from
 * `@polytask/balance/testing` proves that it does.
 *
 * A step calls `weigh` once and then, where it exists, `observe` once:
 *
 * - `knownBefore: true`: weigh (without losses) → measure and update in one program → observe (the losses of this very step)
 * - `knownBefore: false`: measure → weigh (with losses, and the Gramian if needed) → update → observe (the losses of the same
 *   batch after the update)
 *
 * So `observe` always brings the first losses that `weigh` has not seen.
 */
export interface Balancer<State> {
  readonly name: string;
  /** What `weigh` reads at most: losses, or the Gramian and losses. */
  readonly needs: 'losses' | 'gramian';
  /** Whether the weights follow from the state alone, so that a step can run as one program. */
  readonly knownBefore: boolean;
  init(taskCount: number): State;
  /** Throws a PolytaskError of kind `diverged` (E4005) where it reads a loss or a gradient that is not finite. */
  weigh(statistics: Statistics, state: State, key: Key): Weighed<State>;
  observe?(losses: readonly number[], state: State, present: readonly boolean[]): State;
  /** Takes what an evaluation brought: a score per task within 0 and 1, higher is better, null where there is none. */
  judged?(scores: readonly (number | null)[], state: State): State;
  /** What the next `weigh` reads. Left out: nothing when the weights are known before, else what `needs` says. */
  needsNow?(state: State, present: readonly boolean[]): StepNeeds;
}

/** What a step has to measure before it can weigh its tasks. */
export type StepNeeds = 'nothing' | 'losses' | 'gramian';
