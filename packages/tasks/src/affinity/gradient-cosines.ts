/**
 * cos(gᵢ, gⱼ) = Gᵢⱼ / √(Gᵢᵢ Gⱼⱼ) of the gradients of the tasks, from their Gramian.
 *
 * @param gramian Gᵢⱼ = gᵢ · gⱼ, [tasks, tasks].
 * @param present tasks with labels. Default: all.
 * @returns [tasks, tasks], null where a task is absent or its gradient is 0.
 */
export function gradientCosines(
  gramian: readonly (readonly number[])[],
  present: readonly boolean[] = gramian.map(() => true),
): (number | null)[][] {
  const has = gramian.map((row, task) => present[task] === true && row[task]! > 0);
  const length = (task: number) => Math.sqrt(gramian[task]![task]!);
  return gramian.map((row, i) =>
    row.map((product, j) => (has[i] && has[j] ? Math.max(-1, Math.min(1, product / length(i) / length(j))) : null)),
  );
}
