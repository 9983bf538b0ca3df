import type { Problem } from '@polytask/base';

/** What one task scored. NaN, which JSON has not, is null. */
export type TaskScores = {
  readonly loss: number | null;
  /** Labels it was judged on. */
  readonly labels: number;
  readonly metrics: Readonly<Record<string, number | null>>;
};

export type Scores = Readonly<Record<string, TaskScores>>;

/** What always predicting the most frequent training label scores. */
export type MajorityScores = Readonly<
  Record<string, { readonly label: string; readonly metrics: Readonly<Record<string, number | null>> }>
>;

export type RunEvent =
  | {
      readonly type: 'start';
      readonly folder: string;
      readonly name: string;
      /** What the device says of itself. */
      readonly device: string;
      readonly steps: number;
      readonly stepsPerEpoch: number;
      /** Steps taken before, more than 0 after a resume. */
      readonly step: number;
      readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
      readonly parameters: number;
      /** What is worth a look in the data. */
      readonly notes: readonly Problem[];
    }
  | {
      readonly type: 'step';
      /** Steps taken, this one included. */
      readonly step: number;
      readonly epoch: number;
      /** By task; null where the batch had no label. */
      readonly losses: Readonly<Record<string, number | null>>;
      readonly weights: Readonly<Record<string, number>>;
      readonly learningRate: number;
      readonly examples: number;
      readonly examplesPerSecond: number;
      /** Until the last step, at the pace so far. */
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'evaluation';
      readonly part: 'validation' | 'test';
      readonly step: number;
      readonly epoch: number;
      readonly tasks: Scores;
      /** Null for the test part, and where it is not a number. */
      readonly score: number | null;
      readonly improved: boolean;
      /** How many of how many training examples the next epoch takes, where a curriculum says so. */
      readonly next?: { readonly examples: number; readonly of: number } | undefined;
    }
  | { readonly type: 'checkpoint'; readonly step: number; readonly folder: string };

export type RunSummary = {
  readonly folder: string;
  readonly name: string;
  readonly reason: 'finished' | 'stopped early' | 'interrupted';
  /** Whether there was nothing left to do. */
  readonly alreadyFinished: boolean;
  /** The type of the input. Summaries of older versions, which read texts alone, lack it. */
  readonly input?: 'text' | 'image' | 'speech' | 'table';
  readonly steps: number;
  readonly epochs: number;
  /** Of all sessions together. */
  readonly seconds: number;
  /** Of these, how long steps waited for their batches. Summaries of older versions lack it. */
  readonly waitedSeconds?: number;
  readonly parameters: number;
  /** The largest resident set of the process, in bytes. */
  readonly peakMemory: number;
  readonly device: string;
  readonly best: { readonly step: number; readonly score: number } | null;
  readonly validation: Scores | null;
  /** With the best weights. Null when interrupted, or without a test part. */
  readonly test: Scores | null;
  readonly majority: MajorityScores | null;
};
