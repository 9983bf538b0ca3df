import { PolytaskError, quote } from '@polytask/base';
import { isBrokenList, readWritten } from './written.ts';

/** Of each label whether (1) or not (0); null where that is not known. */
export type LabelRecord = Readonly<Record<string, 0 | 1 | null>>;

const answers: Readonly<Record<string, 0 | 1>> = { '1': 1, true: 1, yes: 1, '0': 0, false: 0, no: 0 };

/**
 * Which labels an example has: of a list, of a record, of either written as JSON or as Python prints it, or of a text such as `red|blue`. A text without any label, such as
 * the separator alone, is the empty set.
 *
 * @throws PolytaskError E2340 for anything else, and for an answer in a record that is not 1 or 0, true or false, yes or no, or null.
 */
export function readLabelSet(given: unknown, separator = '|'): readonly string[] | LabelRecord {
  if (typeof given === 'string') {
    const written = readWritten(given);
    if (written !== undefined) return readLabelSet(written, separator);
    if (isBrokenList(given)) throw broken('a list written as JSON, such as ["red", "blue"]', given);
    return distinct(given.split(separator));
  }
  if (typeof given === 'number' || typeof given === 'boolean') return [String(given)];
  if (Array.isArray(given)) {
    if (!given.every((label) => typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean'))
      throw broken('labels in the list', given);
    return distinct(given.map(String));
  }
  if (typeof given !== 'object' || given === null) throw broken('a list, a record or a text of labels', given);
  return Object.fromEntries(
    Object.entries(given).map(([label, value]) => {
      if (value === null || value === '' || value === '?') return [label, null];
      const key = String(value).toLowerCase();
      if (!Object.hasOwn(answers, key)) throw broken(`1, 0 or null for ${quote(label)}`, value);
      return [label, answers[key]!];
    }),
  );
}

const distinct = (labels: readonly string[]): string[] => [
  ...new Set(labels.map((label) => label.trim()).filter((label) => label !== '')),
];

const broken = (expected: string, found: unknown) =>
  new PolytaskError('data', { code: 'E2340', message: `Expected ${expected}. Found ${quote(found)}.` });
