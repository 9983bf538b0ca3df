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
