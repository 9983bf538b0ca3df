import { didYouMean, PolytaskError, type Problem, quote } from '@polytask/base';

/** `balanced`, or a weight ≥ 0 per class name; classes that are not named have weight 1. */
export type ClassWeights = 'balanced' | Readonly<Record<string, number>>;

/** @throws RangeError when a weight is not a number ≥ 0. */
export function checkClassWeights(weights: ClassWeights | null): void {
  if (weights === null || weights === 'balanced') return;
  if (typeof weights !== 'object') {
    throw new RangeError(`classWeights: expected "balanced" or weights by label. Found ${quote(weights)}.`);
  }
  for (const [label, weight] of Object.entries(weights)) {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new RangeError(`classWeights[${quote(label)}]: expected a number ≥ 0. Found ${quote(weight)}.`);
    }
  }
}

/**
 * The weights of the classes in their order. Balanced: w_c = n / (C·n_c), with which every class counts as much as the others.
 *
 * @param labels the classes.
 * @param observed the training labels, from which n and n_c are counted.
 * @throws PolytaskError E1230 when a weight's name is no class.
 *
 * King & Zeng, "Logistic Regression in Rare Events Data", Political Analysis 2001.
 */
export function classWeightsFor(
  weights: ClassWeights | null,
  labels: readonly string[],
  observed: readonly (string | null)[],
): readonly number[] | null {
  if (weights === null) return null;
  if (weights === 'balanced') {
    const counts = new Map(labels.map((label) => [label, 0]));
    for (const label of observed) if (label !== null) counts.set(String(label), counts.get(String(label))! + 1);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return labels.map((label) => total / (labels.length * counts.get(label)!));
  }
  requireKnown('classWeights', Object.keys(weights), labels);
  return labels.map((label) => (Object.hasOwn(weights, label) ? weights[label]! : 1));
}

/** @throws PolytaskError E1230 with every name that is no label. */
export function requireKnown(path: string, names: readonly string[], labels: readonly string[]): void {
  const problems = names
    .filter((name) => !labels.includes(name))
    .map(
      (name): Problem => ({
        code: 'E1230',
        path,
        message: `The label ${quote(name)} is not among the training labels.`,
        fix: didYouMean(name, labels),
      }),
    );
  if (problems.length > 0) throw new PolytaskError('usage', problems);
}
