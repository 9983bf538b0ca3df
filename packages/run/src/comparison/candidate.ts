import { fold, key, uniform } from '@polytask/base';
import type { Run } from '../config/run.ts';
import type { BalanceConfig } from '../config/schema.ts';
import { runAlone } from '../single-task.ts';

/** Something to compare: what each of its models trains with at a trial, and what it is called while it does. */
export type Candidate = {
  readonly method: string;
  readonly models: readonly { readonly name: string; readonly runAt: (trial: number) => Run }[];
};

/** One model per task. */
export const singleTask = (run: Run): Candidate => ({
  method: 'single-task',
  models: Object.keys(run.config.tasks).map((task) => {
    const alone = runAlone(run, task);
    return { name: `single-task ${task}`, runAt: (trial) => withRate(alone, trial) };
  }),
});

/** One model for all tasks. */
export const balanced = (run: Run, method: string, balance: BalanceConfig): Candidate => ({
  method,
  models: [{ name: method, runAt: (trial) => withRate(withBalance(run, balance), trial) }],
});

/** Fixed weights, other ones at every trial: equal ones at first, then drawn from 1/4 to 4, evenly on the logarithm, of mean 1. */
export function tuned(run: Run): Candidate {
  const runAt = (trial: number) => {
    const weights = weightsAt(run, trial);
    return withRate(withBalance(run, { type: 'fixed', weights }), trial);
  };
  return { method: 'tuned', models: [{ name: 'tuned', runAt }] };
}

/** The weights of `tuned` at a trial, by task. */
export function weightsAt({ config }: Run, trial: number): Readonly<Record<string, number>> {
  const tasks = Object.keys(config.tasks);
  const draws = uniform(fold(fold(key(config.seed), 'tuning'), trial), tasks.length);
  const shares = Array.from(draws, (value) => (trial === 0 ? 1 : 4 ** (2 * value - 1)));
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return Object.fromEntries(tasks.map((task, at) => [task, shares[at]! / mean]));
}

/** The factors of the learning rate, trial by trial: 1, 1/3, 3, 1/9, 9, … */
export const rateFactor = (trial: number): number => 3 ** (trial % 2 === 0 ? trial / 2 : -(trial + 1) / 2);

function withRate({ config, objects }: Run, trial: number): Run {
  const { optimizer } = config.train;
  const learningRate = optimizer.learningRate * rateFactor(trial);
  return { objects, config: { ...config, train: { ...config.train, optimizer: { ...optimizer, learningRate } } } };
}

/** A balancer that the run passed as an object stays; another one takes its place. */
function withBalance({ config, objects: { balancer, ...objects } }: Run, balance: BalanceConfig): Run {
  return {
    config: { ...config, balance },
    objects: { ...objects, ...(balance.type === 'custom' && balancer && { balancer }) },
  };
}
