/** How much each task counts, in task order: finite, at least 0, one of them positive. */
export type Preference = readonly number[];

/** Throws a RangeError unless `preference` is left out or a preference. Gives back a copy. */
export function requirePreference(preference: Preference | undefined, name = 'preference'): Preference | undefined {
  if (!preference) return undefined;
  const wrong = preference.find((value) => !(value >= 0 && Number.isFinite(value)));
  if (wrong !== undefined) throw new RangeError(`expected finite ${name} of at least 0. Found ${wrong}.`);
  if (!preference.some((value) => value > 0)) throw new RangeError(`expected a positive ${name}. Found none.`);
  return [...preference];
}

/** The preference of the tasks present: as it was chosen, or the mean 1/K. */
export function preferenceOf(preference: Preference | undefined, tasks: readonly number[]): number[] {
  return tasks.map((task) => (preference ? preference[task]! : 1 / tasks.length));
}
