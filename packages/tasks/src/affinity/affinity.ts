/** How much tasks help each other: JSON. */
export type Affinity<Task extends string = string> = {
  readonly tasks: readonly Task[];
  /** By what it was measured, such as `cosine` or `look-ahead`. */
  readonly by: string;
  /** How much task i helps task j, [i][j]; null where the two were never measured together. */
  readonly matrix: readonly (readonly (number | null)[])[];
  /** How many measurements each number is the mean of. */
  readonly counts: readonly (readonly number[])[];
};

/**
 * The mean of matrices, entry by entry over those that have one.
 *
 * @param matrices [tasks, tasks] each, null where a task was absent.
 * @throws RangeError for a matrix of another size.
 */
export function meanAffinity<Task extends string>(
  tasks: readonly Task[],
  by: string,
  matrices: Iterable<readonly (readonly (number | null)[])[]>,
): Affinity<Task> {
  const sums = tasks.map(() => tasks.map(() => 0));
  const counts = tasks.map(() => tasks.map(() => 0));
  for (const matrix of matrices) {
    if (matrix.length !== tasks.length || matrix.some((row) => row.length !== tasks.length))
      throw new RangeError(
        `matrices: expected [${tasks.length}, ${tasks.length}]. Found [${matrix.length}, ${matrix[0]?.length ?? 0}].`,
      );
    for (const [i, row] of matrix.entries())
      for (const [j, value] of row.entries()) {
        if (value === null) continue;
        sums[i]![j]! += value;
        counts[i]![j]!++;
      }
  }
  const matrix = sums.map((row, i) => row.map((sum, j) => (counts[i]![j] === 0 ? null : sum / counts[i]![j]!)));
  return { tasks, by, matrix, counts };
}
