/**
 * The run folder that `name` means: a path, or `latest` for the newest one in `out`.
 *
 * @throws PolytaskError usage E6001 when there is none.
 */
export async function findRun(_name: string, _out = 'runs'): Promise<string> {
  throw new Error('to do');
}
