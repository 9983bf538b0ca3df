/** The numbers of the tasks present. */
export function presentTasks(present: readonly boolean[]): number[] {
  const tasks: number[] = [];
  for (let task = 0; task < present.length; task++) if (present[task]) tasks.push(task);
  return tasks;
}

/** One weight per task: those of `tasks` in their places, 0 elsewhere. */
export function spread(weights: readonly number[], tasks: readonly number[], taskCount: number): number[] {
  const all = new Array<number>(taskCount).fill(0);
  for (let i = 0; i < tasks.length; i++) all[tasks[i]!] = weights[i]!;
  return all;
}

/** `task 2` or `tasks 0, 2`. */
export function named(tasks: readonly number[]): string {
  return `task${tasks.length === 1 ? '' : 's'} ${tasks.join(', ')}`;
}
