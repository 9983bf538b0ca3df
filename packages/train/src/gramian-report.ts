/** How the gradients of the tasks stood to each other in a step, and to what the step did. */
export type GramianReport<Task extends string = string> = {
  /** cos(gᵢ, gⱼ) in the order of the model's tasks; null where a task is absent or its gradient is 0. */
  readonly cosines: readonly (readonly (number | null)[])[];
  /** The pairs of tasks whose gradients point against each other: a cosine below −10⁻⁶, which rounding does not reach. */
  readonly conflicts: readonly (readonly [Task, Task])[];
  /**
   * The task that the step d = Σ w g serves worst, with gₖ·d / ‖gₖ‖²: its loss falls so many times as fast as it would by a step along its
   * own gradient alone, and rises where the number is negative. Null where no task has a gradient.
   */
  readonly worst: { readonly task: Task; readonly gain: number } | null;
};

/** What a Gramian tells; to be read with respect to what it was measured for. */
export function gramianReport<Task extends string>(
  tasks: readonly Task[],
  gramian: readonly (readonly number[])[],
  weights: readonly number[],
  present: readonly boolean[],
): GramianReport<Task> {
  const has = tasks.map((_, task) => present[task]! && gramian[task]![task]! > 0);
  const norm = (task: number) => Math.sqrt(gramian[task]![task]!);
  const cosines = tasks.map((_, i) =>
    tasks.map((_, j) => (has[i] && has[j] ? Math.max(-1, Math.min(1, gramian[i]![j]! / norm(i) / norm(j))) : null)),
  );
  const conflicts = tasks.flatMap((task, i) =>
    tasks.slice(i + 1).flatMap((other, at) => ((cosines[i]![i + 1 + at] ?? 0) < -1e-6 ? [[task, other] as const] : [])),
  );
  const gains = tasks.flatMap((task, k) => {
    if (!has[k]) return [];
    const product = gramian[k]!.reduce((sum, value, j) => sum + (weights[j] === 0 ? 0 : value * weights[j]!), 0);
    return [{ task, gain: product / gramian[k]![k]! }];
  });
  const worst = gains.reduce<(typeof gains)[number] | null>(
    (least, one) => (least && least.gain <= one.gain ? least : one),
    null,
  );
  return { cosines, conflicts, worst };
}
