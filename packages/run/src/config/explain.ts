import { didYouMean, type Problem, quote } from '@polytask/base';
import type { z } from 'zod';
import { allowedKeys, variantNames } from './schema-at.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A problem of a run file, still with the path as keys, and whether its key or its value is wrong. */
export type Finding = {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly problem: Pick<Problem, 'code' | 'message' | 'fix'>;
};

/** What zod found, in the words of our errors: E1203 type · E1204 missing · E1205 value · E1206 name · E1207 unknown key. */
export function explain(schema: z.core.$ZodType, issue: Issue, raw: unknown): Finding[] {
  const { path } = issue;
  const found = path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step],
    raw,
  );
  const finding = (code: string, message: string, fix?: string): Finding[] => [
    { path, at: 'value', problem: { code, message, ...(fix !== undefined && { fix }) } },
  ];
  const missing = (expected: string, fix?: string) => finding('E1204', `Missing: expected ${expected}.`, fix);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = allowedKeys(schema, path, raw);
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: 'key',
        problem: { code: 'E1207', message: 'Unknown key.', fix: didYouMean(key, allowed) },
      }));
    }
    case 'invalid_type':
      if (found === undefined) return missing(article(issue.expected));
      return finding('E1203', `Expected ${article(issue.expected)}. Found ${quote(found)}.`);
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (found === undefined) return missing(values.join(' or '));
      if (values.length === 1) return finding('E1205', `Expected ${values[0]}. Found ${quote(found)}.`);
      return finding('E1206', `Unknown name ${quote(found)}.`, didYouMean(String(found), values));
    }
    case 'invalid_union': {
      const names = issue.discriminator === undefined ? [] : variantNames(schema, path.slice(0, -1), raw);
      if (names.length > 0) {
        if (found === undefined) return missing(`one of ${names.join(', ')}`);
        return finding('E1206', `Unknown name ${quote(found)}.`, didYouMean(String(found), names));
      }
      return finding('E1205', `Expected ${issue.message}. Found ${quote(found)}.`);
    }
    case 'too_small':
    case 'too_big': {
      const isSmall = issue.code === 'too_small';
      const limit = isSmall ? issue.minimum : issue.maximum;
      const sign = isSmall ? (issue.inclusive ? '≥' : '>') : issue.inclusive ? '≤' : '<';
      if (issue.origin === 'string') return finding('E1205', 'Expected a text. Found an empty one.');
      if (issue.origin === 'array')
        return finding('E1205', `Expected a list of length ${sign} ${limit}. Found ${quote(found)}.`);
      return finding('E1205', `Expected a number ${sign} ${limit}. Found ${quote(found)}.`);
    }
    case 'invalid_key':
      return [
        {
          path,
          at: 'key',
          problem: {
            code: 'E1205',
            message: `Expected ${issue.issues[0]?.message ?? 'another name'}. Found ${quote(path.at(-1))}.`,
          },
        },
      ];
    case 'invalid_format':
    case 'custom':
      return finding('E1205', `Expected ${issue.message}. Found ${quote(found)}.`);
    default:
      return finding('E1205', `${issue.message}. Found ${quote(found)}.`);
  }
}

const articles: Readonly<Record<string, string>> = {
  object: 'keys and values',
  record: 'keys and values',
  array: 'a list',
  tuple: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const article = (expected: string) => articles[expected] ?? expected;
