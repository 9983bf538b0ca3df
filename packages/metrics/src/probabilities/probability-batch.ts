import { quote } from '@polytask/base';

/** The probabilities of all labels, and the true label of the same examples, in the same order; `null` in `actual` is a missing label. */
export type ProbabilityBatch<Label extends string = string> = {
  readonly probabilities: readonly Readonly<Record<Label, number>>[];
  readonly actual: readonly (Label | null)[];
};

/**
 * Calls `visit` for every example that has a true label.
 *
 * @throws RangeError when the lengths differ, or a probability is not within 0 to 1.
 */
export function forEachDistribution<Label extends string>(
  { probabilities, actual }: ProbabilityBatch<Label>,
  visit: (probabilities: Readonly<Record<Label, number>>, actual: Label) => void,
): void {
  if (probabilities.length !== actual.length)
    throw new RangeError(
      `expected as many distributions as actual labels. Found ${probabilities.length} and ${actual.length}.`,
    );
  actual.forEach((label, index) => {
    if (label === null) return;
    const given = probabilities[index]!;
    for (const [name, value] of Object.entries<number>(given)) {
      if (!(value >= 0 && value <= 1 + 1e-9))
        throw new RangeError(`expected probabilities from 0 to 1. Found ${quote(value)} for ${quote(name)}.`);
    }
    visit(given, label);
  });
}

/** The probability of a label; 0 of one that is not there. */
export const probabilityOf = (probabilities: Readonly<Record<string, number>>, label: string): number =>
  Object.hasOwn(probabilities, label) ? probabilities[label]! : 0;
