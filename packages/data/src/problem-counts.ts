import type { Problem } from '@polytask/base';

export interface ProblemCounts {
  add(problem: Problem): void;
  /** The most frequent first; the first of its kind stands for all of them. */
  list(): Problem[];
}

/** Counts problems of the same code and path. */
export function problemCounts(): ProblemCounts {
  const counts = new Map<string, { first: Problem; count: number }>();
  return {
    add(problem) {
      const kind = `${problem.code} ${problem.path ?? ''}`;
      const known = counts.get(kind);
      if (known) known.count += problem.count ?? 1;
      else counts.set(kind, { first: problem, count: problem.count ?? 1 });
    },
    list: () =>
      [...counts.values()]
        .sort((a, b) => b.count - a.count)
        .map(({ first, count }) => (count > 1 ? { ...first, count } : first)),
  };
}
