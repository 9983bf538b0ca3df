import { PolytaskError, type Problem, quote } from '@polytask/base';
import type { Source } from '@polytask/data';

/** A problem of a mapping or a join with the key of the run file that it is about, in the place of a column. */
export function inKeysOfTheFile(problem: Problem, key: string): Problem {
  const { code, path, message } = problem;
  switch (code) {
    case 'E2151': // a conflict
      return { ...problem, path: `${key}.conflicts`, message: `In the column ${quote(path)}, ${message}` };
    case 'E2152':
    case 'E2153':
      return { ...problem, path: `${key}.on` };
    case 'E2154':
      return { ...problem, path: `${key}.labels.${path}` };
    case 'E2158':
      return { ...problem, path: key };
    case 'E2159':
      return { ...problem, path: `${key}.${path}` };
    default:
      return problem;
  }
}

/** The same source; where a join ends with an error about its column, that has the key of the run file too. */
export const joinedBy = (source: Source, on: string, key: string): Source => ({
  name: source.name,
  async *[Symbol.asyncIterator]() {
    try {
      yield* source;
    } catch (error) {
      if (!PolytaskError.is(error)) throw error;
      const placed = error.problems.map((problem) =>
        problem.code === 'E1404' && problem.path === on ? { ...problem, path: `${key}.on` } : problem,
      );
      throw new PolytaskError(error.kind, placed, { cause: error });
    }
  },
});
