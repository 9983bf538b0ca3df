/** Predicted and true numbers of the same examples, in the same order; `null` in `actual` is a missing label. */
export type NumberBatch = { readonly predicted: readonly number[]; readonly actual: readonly (number | null)[] };

/** Calls `visit` for every example that has a true number. @throws RangeError when the lengths differ, or for what is not finite. */
export function forEachNumber(
  { predicted, actual }: NumberBatch,
  visit: (predicted: number, actual: number) => void,
): void {
  if (predicted.length !== actual.length)
    throw new RangeError(
      `expected as many predicted as actual numbers. Found ${predicted.length} predicted and ${actual.length} actual.`,
    );
  actual.forEach((label, index) => {
    if (label === null) return;
    const value = predicted[index]!;
    if (!Number.isFinite(label) || !Number.isFinite(value))
      throw new RangeError(`expected finite numbers. Found ${value} for ${label} at ${index}.`);
    visit(value, label);
  });
}
