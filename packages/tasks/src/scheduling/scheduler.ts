/** A piece of work to schedule, such as the training of one task or one model. */
export type Job = {
  readonly name: string;
  /** Steps that it is expected to take. */
  readonly steps: number;
  /** What a step is expected to take, in milliseconds, above 0; as soon as steps were taken, what they took counts. */
  readonly msPerStep: number;
  /** For `layered`. Default: the job is a group of its own. */
  readonly group?: string;
  /** How much it matters, above 0. Default: 1. */
  readonly importance?: number;
  /** When it should be done, in milliseconds from the start. */
  readonly deadline?: number;
};

/** What a scheduler sees of a job. Times in milliseconds from the start. */
export type JobStatus = {
  readonly name: string;
  readonly group: string;
  readonly importance: number;
  readonly deadline: number | null;
  /** What it has had of the workers' time. */
  readonly spentMs: number;
  /** What it is expected to take still. */
  readonly remainingMs: number;
  /** What it gained per millisecond, a moving average over its turns; null before the first one. */
  readonly gainPerMs: number | null;
};

export type Situation = {
  readonly now: number;
  /** Jobs that no worker is at and that are not done: at least one. */
  readonly waiting: readonly JobStatus[];
  /** All jobs that have arrived, in the same order, also those that run or are done. */
  readonly all: readonly JobStatus[];
};

/**
 * Which job a free worker takes up next: a pure function of the situation. Any object that fits, fits; `describeSchedulerLaws` from
 * `@polytask/tasks/testing` proves that it does.
 */
export interface Scheduler {
  readonly name: string;
  /** The name of one of the waiting jobs. */
  choose(situation: Situation): string;
}

/** The job of the highest score; of equal ones the first by name, so that the order of a list says nothing. */
export function highest(jobs: readonly JobStatus[], score: (job: JobStatus) => number): JobStatus {
  return jobs.reduce((best, job) => {
    const [own, other] = [score(job), score(best)];
    return own > other || (own === other && job.name < best.name) ? job : best;
  });
}
