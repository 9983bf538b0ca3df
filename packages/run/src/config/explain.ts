import { didYouMean, type Problem, quote } from '@polytask/base';
import { z } from 'zod';
import { allowedKeys, type Variant, variantsAt } from './schema-at.ts';

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
  const found = valueAt(raw, path);
  const finding = (code: string, message: string, fix?: string): Finding[] => [
    { path, at: 'value', problem: { code, message, ...(fix !== undefined && { fix }) } },
  ];
  const missing = (expected: string, fix?: string) => finding('E1204', `Missing: expected ${expected}.`, fix);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = allowedKeys(schema, path, raw);
      return issue.keys.flatMap((key) => unknownKey([...path, key], allowed));
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
      const around = path.slice(0, -1);
      const variants = issue.discriminator === undefined ? [] : variantsAt(schema, around, raw);
      if (variants.length > 0) {
        const names = variants.map(({ name }) => name);
        const tag =
          found === undefined
            ? missing(`one of ${names.join(', ')}`)
            : finding('E1206', `Unknown name ${quote(found)}.`, didYouMean(String(found), names));
        return [...tag, ...besides(variants, String(issue.discriminator), around, valueAt(raw, around))];
      }
      const within = deeper(issue.errors);
      if (within && issue.discriminator === undefined)
        return within.flatMap((one) => explain(schema, { ...one, path: [...path, ...one.path] }, raw));
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

/** What is wrong within the one alternative that a value has the form of; undefined where there is not one. */
function deeper(alternatives: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = alternatives.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** The other keys of a section whose variant is unknown: what is wrong with them in every variant that has them. */
function besides(variants: readonly Variant[], tag: string, path: Path, section: unknown): Finding[] {
  const values = section as Readonly<Record<string, unknown>>;
  const allowed = [...new Set(variants.flatMap(({ shape }) => Object.keys(shape)))];
  return [...new Set([...Object.keys(values), ...allowed])].flatMap((key) => {
    if (key === tag) return [];
    const having = variants.filter(({ shape }) => Object.hasOwn(shape, key)).map(({ shape }) => shape[key]!);
    if (having.length === 0) return unknownKey([...path, key], allowed);
    const value = values[key];
    if (value === undefined && having.length < variants.length) return [];
    const tried = having.map((schema) => ({ schema, error: z.safeParse(schema, value).error }));
    const [first] = tried;
    if (tried.some(({ error }) => !error)) return [];
    return first!
      .error!.issues.flatMap((issue) => explain(first!.schema, issue, value))
      .map((finding) => ({ ...finding, path: [...path, key, ...finding.path] }));
  });
}

const unknownKey = (path: Path, allowed: readonly string[]): Finding[] => [
  {
    path,
    at: 'key',
    problem: { code: 'E1207', message: 'Unknown key.', fix: didYouMean(String(path.at(-1)), allowed) },
  },
];

const valueAt = (raw: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step], raw);

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
