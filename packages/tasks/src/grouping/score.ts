/** What a search works on: Zᵢⱼ, how much i helps j, and what a task alone is worth. */
export type Given = { readonly matrix: readonly (readonly number[])[]; readonly alone: number };

/** By group the tasks that it serves, a partition, and all that it trains. */
export type Found = {
  readonly served: readonly (readonly number[])[];
  readonly trained: readonly (readonly number[])[];
};

/** How much the others of a group help a task of it, on average. */
export function groupScore({ matrix, alone }: Given, task: number, group: readonly number[]): number {
  if (group.length < 2) return alone;
  return group.reduce((sum, other) => (other === task ? sum : sum + matrix[other]![task]!), 0) / (group.length - 1);
}

/** What a group is worth to the tasks that it serves. */
export const servedScore = (given: Given, served: readonly number[], group: readonly number[]): number =>
  served.reduce((sum, task) => sum + groupScore(given, task, group), 0);

/** Differences below are rounding. */
export const rounding = 1e-12;
