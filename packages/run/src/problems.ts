import { type ErrorKind, PolytaskError, type Problem } from '@polytask/base';

/** Runs all parts and returns their results, or throws the problems of all of them at once. Errors of another kind are thrown as they are. */
export async function allOrProblems<Result>(parts: readonly (() => Result | Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  const problems: Problem[] = [];
  let kind: ErrorKind | undefined;
  for (const part of parts) {
    try {
      results.push(await part());
    } catch (error) {
      if (!PolytaskError.is(error)) throw error;
      kind = kind === 'usage' ? kind : error.kind;
      problems.push(...error.problems);
    }
  }
  if (kind) throw new PolytaskError(kind, problems);
  return results;
}
