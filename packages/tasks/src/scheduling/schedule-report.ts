/** A turn of a job on a worker. Times in milliseconds from the start. */
export type Slice = {
  readonly job: string;
  /** From 0. */
  readonly worker: number;
  readonly start: number;
  readonly end: number;
  readonly steps: number;
};

export type JobReport = {
  readonly name: string;
  /** When its first turn began, and its last one ended; null when it had none. */
  readonly start: number | null;
  readonly end: number | null;
  readonly finished: boolean;
  readonly steps: number;
  readonly spentMs: number;
  /** Its part of the time that all jobs spent. */
  readonly share: number;
  readonly deadline: number | null;
  /** Whether it was finished by then; null without a deadline. */
  readonly deadlineMet: boolean | null;
};

/** What became of jobs, or what a plan says will: JSON. */
export type ScheduleReport = {
  readonly scheduler: string;
  readonly workers: number;
  /** When the last turn ended. */
  readonly makespanMs: number;
  /** The part of the workers' time in which they worked. */
  readonly utilisation: number;
  readonly jobs: readonly JobReport[];
  /** In the order in which they ended. */
  readonly slices: readonly Slice[];
};
