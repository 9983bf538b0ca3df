/**
 * Predicted and true labels of the same examples, in the same order.
 *
 * `null` in `actual` is a missing label: the example counts for nothing, whatever was predicted.
 */
export type LabelBatch<Label extends string = string> = {
  readonly predicted: readonly Label[];
  readonly actual: readonly (Label | null)[];
};

/** Calls `visit` for every example that has a true label. Throws a RangeError when the lengths differ. */
export function forEachLabelled<Label extends string>(
  { predicted, actual }: LabelBatch<Label>,
  visit: (predicted: Label, actual: Label) => void,
): void {
  if (predicted.length !== actual.length) {
    throw new RangeError(
      `expected as many predicted as actual labels. Found ${predicted.length} predicted and ${actual.length} actual.`,
    );
  }
  actual.forEach((label, index) => {
    if (label !== null) visit(predicted[index]!, label);
  });
}
