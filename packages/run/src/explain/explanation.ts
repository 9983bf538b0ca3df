import type { TaskPrediction } from '../config/run.ts';
import type { Spikes } from './spikes.ts';

/** What a page shows of an input, and into which parts it was cut. Pictures are PNG files as `data:` URIs. */
export type ExplainedInput =
  /** All of the text in pieces; `part` is null for what was not taken out: spaces, signs, and words behind the last part. */
  | { readonly kind: 'text'; readonly pieces: readonly { readonly text: string; readonly part: number | null }[] }
  /** Rows × columns of rectangles, row by row. */
  | {
      readonly kind: 'image';
      readonly picture: string;
      readonly height: number;
      readonly width: number;
      readonly rows: number;
      readonly columns: number;
    }
  /** Windows of equal length; `logMel` has time to the right and low bands at the bottom. */
  | { readonly kind: 'sound'; readonly logMel: string; readonly seconds: number; readonly windows: number }
  | { readonly kind: 'table'; readonly cells: readonly { readonly name: string; readonly value: string | null }[] };

export type ExplainedTask = {
  readonly prediction: TaskPrediction;
  /** What is followed while parts are taken out; absent for tasks without one number: tags, boxes, transcripts. */
  readonly occlusion?: {
    /** The class whose probability it is; null for a number that is predicted. */
    readonly label: string | null;
    /** Of the whole input. */
    readonly score: number;
    /** By part: the score of the whole less that without the part. Positive where the part speaks for the prediction. */
    readonly changes: readonly number[];
  };
  /** Of transcripts. */
  readonly spikes?: Spikes;
};

/** JSON: why a model predicts what it predicts for one input. */
export type Explanation = {
  readonly id: string;
  readonly input: ExplainedInput;
  readonly tasks: Readonly<Record<string, ExplainedTask>>;
};
