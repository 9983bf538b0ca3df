/** JSON: why a model predicts what it predicts for one input: what `explain` of an open run of `@polytask/run` gives. */
export type ExplainedPrediction = {
  readonly id: string;
  readonly input: ExplainedInput;
  readonly tasks: Readonly<Record<string, ExplainedTask>>;
};

/** What was predicted from, and its parts; pictures are `data:` URIs of PNG files. */
export type ExplainedInput =
  | { readonly kind: 'text'; readonly pieces: readonly { readonly text: string; readonly part: number | null }[] }
  | {
      readonly kind: 'image';
      readonly picture: string;
      readonly height: number;
      readonly width: number;
      readonly rows: number;
      readonly columns: number;
    }
  | { readonly kind: 'sound'; readonly logMel: string; readonly seconds: number; readonly windows: number }
  | { readonly kind: 'table'; readonly cells: readonly { readonly name: string; readonly value: string | null }[] };

export type ExplainedTask = {
  /** What `@polytask/run` predicts for a task. */
  readonly prediction: object;
  /** The probability of the class `label`, or a number, and by how much it falls without each part. */
  readonly occlusion?: {
    readonly label: string | null;
    readonly score: number;
    readonly changes: readonly number[];
  };
  readonly spikes?: FramePosteriors;
};

/** By character and frame; the first character is the blank, ''. */
export type FramePosteriors = {
  readonly frames: number;
  readonly characters: readonly string[];
  readonly posteriors: readonly (readonly number[])[];
};
