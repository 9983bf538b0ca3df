/** Which labels an example has: a list of them, or of each label whether (1, true) or not (0, false); null where that is not known. */
export type LabelSet<Label extends string = string> =
  | readonly Label[]
  | Readonly<Record<string, boolean | 0 | 1 | null>>;

/**
 * Any number of labels per example, predicted and true, in the same order; `null` in `actual` is an example without labels to judge by.
 *
 * A list in `actual` tells of all labels; a record only of those that it names, and where it says null of none.
 */
export type LabelSetBatch<Label extends string = string> = {
  readonly predicted: readonly (readonly Label[])[];
  readonly actual: readonly (LabelSet<Label> | null)[];
};

export type Judged = {
  readonly predicted: ReadonlySet<string>;
  readonly actual: ReadonlySet<string>;
  /** The labels that are known of, where they are not all. */
  readonly known: ReadonlySet<string> | null;
};

/** Calls `visit` for every example with labels; predicted ones that truth tells nothing of are left out. @throws RangeError when lengths differ. */
export function forEachSet({ predicted, actual }: LabelSetBatch, visit: (judged: Judged) => void): void {
  if (predicted.length !== actual.length)
    throw new RangeError(
      `expected as many predicted as actual label sets. Found ${predicted.length} predicted and ${actual.length} actual.`,
    );
  actual.forEach((truth, at) => {
    if (truth === null) return;
    const found = predicted[at]!;
    if (Array.isArray(truth)) {
      visit({ predicted: new Set(found), actual: new Set(truth as readonly string[]), known: null });
      return;
    }
    const told = Object.entries(truth).filter(([, value]) => value !== null);
    const known = new Set(told.map(([label]) => label));
    visit({
      predicted: new Set(found.filter((label) => known.has(label))),
      actual: new Set(told.filter(([, value]) => Boolean(value)).map(([label]) => label)),
      known,
    });
  });
}

/** How many labels are in both. */
export const shared = ({ predicted, actual }: Judged): number =>
  [...predicted].filter((label) => actual.has(label)).length;
