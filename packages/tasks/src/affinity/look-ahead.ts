/**
 * Zᵢⱼ = 1 − Lⱼ(θ after the step of task i) / Lⱼ(θ): how much of its loss task j loses by a step of task i on what they share. Positive: i
 * helps j.
 *
 * @param before Lⱼ(θ) > 0 of each task; null where it is absent.
 * @param after [tasks, tasks]: Lⱼ after the step of task i; null where task i took none, or task j is absent.
 * @returns [tasks, tasks], null where it is not known, or a loss was 0 before.
 *
 * Fifty, Amid, Zhao, Yu, Anil & Finn, "Efficiently Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021, equation 1.
 */
export function lookAhead(
  before: readonly (number | null)[],
  after: readonly (readonly (number | null)[] | null)[],
): (number | null)[][] {
  return after.map((row) =>
    before.map((loss, j) => {
      const next = row?.[j] ?? null;
      return loss === null || next === null || loss <= 0 ? null : 1 - next / loss;
    }),
  );
}
