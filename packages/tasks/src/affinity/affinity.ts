/** How much tasks help each other: JSON. */
export type Affinity<Task extends string = string> = {
  readonly tasks: readonly Task[];
  /** By what it was measured, such as `cosine` or `look-ahead`. */
  readonly by: string;
  /** How much task i helps task j, [i][j]; null where the two were never measured together. */
  readonly matrix: readonly (readonly (number | null)[])[];
  /** How many measurements each number is the mean of. */
  readonly counts: readonly (readonly number[])[];
  /** The standard error of each mean, as if measurements were independent, which those of near steps are not; null with fewer than two. */
  readonly errors: readonly (readonly (number | null)[])[];
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
  const square = (): number[][] => tasks.map(() => tasks.map(() => 0));
  // Welford 1962: the mean so far, and Σ (x − mean)²
  const [means, squares, counts] = [square(), square(), square()];
  for (const matrix of matrices) {
    if (matrix.length !== tasks.length || matrix.some((row) => row.length !== tasks.length))
      throw new RangeError(
        `matrices: expected [${tasks.length}, ${tasks.length}]. Found [${matrix.length}, ${matrix[0]?.length ?? 0}].`,
      );
    for (const [i, row] of matrix.entries())
      for (const [j, value] of row.entries()) {
        if (value === null) continue;
        const change = value - means[i]![j]!;
        counts[i]![j]!++;
        means[i]![j]! += change / counts[i]![j]!;
        squares[i]![j]! += change * (value - means[i]![j]!);
      }
  }
  const each = (value: (count: number, i: number, j: number) => number | null) =>
    counts.map((row, i) => row.map((count, j) => value(count, i, j)));
  return {
    tasks,
    by,
    matrix: each((count, i, j) => (count === 0 ? null : means[i]![j]!)),
    counts,
    errors: each((count, i, j) => (count < 2 ? null : Math.sqrt(squares[i]![j]! / (count - 1) / count))),
  };
}
