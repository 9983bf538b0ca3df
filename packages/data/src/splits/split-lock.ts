import { PolytaskError, type Problem, quote } from '@polytask/base';
import { partNames } from './part-names.ts';
import type { Split } from './split.ts';

/** Which example is in which part: JSON, to be written beside the data. */
export type SplitLock = {
  readonly version: 1;
  /** Examples in all parts. */
  readonly examples: number;
  /** The ids of the parts that may be looked at, by part. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** `sha256:` and 64 hexadecimal digits of each id of the parts that may not, by part, sorted. */
  readonly hashed: Readonly<Record<string, readonly string[]>>;
  /** What could not be done as asked, and what leaks, as it was known when the split was made. */
  readonly notes?: readonly Problem[];
};

export type SplitLockOptions = {
  /** A name per part. Default: train, validation, test. */
  readonly names?: readonly string[];
  /** Parts whose ids are hashed and sorted, so that the file shows nothing of them. Default: test. */
  readonly hashed?: readonly string[];
};

const shown = 3;

/**
 * The lock file of a split: ids per part, those of the test part as SHA-256 (FIPS 180-4) only, and the split's notes.
 *
 * Short ids such as `row-17` can be guessed from their hash: it keeps test ids from being read by accident, not from being found out.
 *
 * @throws RangeError when an index has no id, an id stands twice, or names are missing.
 */
export async function splitLock(
  { parts, notes = [] }: Pick<Split, 'parts'> & Partial<Split>,
  ids: readonly string[],
  options: SplitLockOptions = {},
): Promise<SplitLock> {
  const names = partNames(parts.length, options.names);
  const secret = options.hashed ?? ['test'];
  const seen = new Set<string>();
  const lists = parts.map((part) =>
    Array.from(part, (index) => {
      const id = ids[index];
      if (id === undefined) throw new RangeError(`ids: expected one for the index ${index}. Found ${ids.length} ids.`);
      if (seen.has(id)) throw new RangeError(`ids: expected different ones. Found ${quote(id)} twice.`);
      seen.add(id);
      return id;
    }),
  );
  const open = names.flatMap((name, at): [string, string[]][] => (secret.includes(name) ? [] : [[name, lists[at]!]]));
  const closed: [string, string[]][] = [];
  for (const [at, name] of names.entries())
    if (secret.includes(name)) closed.push([name, (await hashAll(lists[at]!)).sort()]);
  const lock = {
    version: 1,
    examples: seen.size,
    ids: Object.fromEntries(open),
    hashed: Object.fromEntries(closed),
  } as const;
  return notes.length > 0 ? { ...lock, notes } : lock;
}

/** A lock file's text as a lock, without its notes. @throws PolytaskError E2331 when it is not one. */
export function readSplitLock(text: string, file?: string): SplitLock {
  const place = file === undefined ? {} : { file };
  const refuse = (message: string): never => {
    throw new PolytaskError('data', { code: 'E2331', ...place, message: `Not a split lock: ${message}.` });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse((error as Error).message.slice(0, 100));
  }
  const { version, examples, ids, hashed } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Partial<SplitLock>;
  if (version !== 1) return refuse(`expected version 1, found ${quote(version ?? null)}`);
  if (!isLists(ids) || !isLists(hashed)) return refuse('expected lists of ids by part');
  const count = [...Object.values(ids), ...Object.values(hashed)].reduce((sum, list) => sum + list.length, 0);
  if (examples !== count) return refuse(`expected ${quote(examples ?? null)} ids, found ${count}`);
  return { version, examples, ids, hashed };
}

/**
 * The split that a lock holds, for examples with these ids in any order; parts are named by `names`.
 *
 * @throws PolytaskError E2330 when the data does not fit: ids that are in no part, ids of the lock that are gone, ids that stand twice.
 * @throws RangeError when the lock has parts that `names` does not name.
 */
export async function applySplitLock(
  lock: SplitLock,
  ids: readonly string[],
  options: { readonly names?: readonly string[]; readonly file?: string } = {},
): Promise<Split> {
  const names = options.names ?? [
    ...new Set(['train', 'validation', 'test', ...Object.keys(lock.ids), ...Object.keys(lock.hashed)]),
  ];
  const locked = [...Object.keys(lock.ids), ...Object.keys(lock.hashed)];
  const unnamed = locked.find((name) => !names.includes(name));
  if (unnamed !== undefined)
    throw new RangeError(`names: expected one for every part. Found none for ${quote(unnamed)}.`);
  const rowOf = new Map<string, number>();
  const twice: string[] = [];
  for (const [row, id] of ids.entries()) {
    if (rowOf.has(id)) twice.push(id);
    rowOf.set(id, row);
  }
  const rowOfHash = new Map((await hashAll(ids)).map((hash, row) => [hash, row]));
  const used = new Uint8Array(ids.length);
  const gone: string[] = [];
  const parts = names.map((name) => {
    const secret = Object.hasOwn(lock.hashed, name);
    const list = secret ? lock.hashed[name]! : Object.hasOwn(lock.ids, name) ? lock.ids[name]! : [];
    const rows: number[] = [];
    for (const id of list) {
      const row = (secret ? rowOfHash : rowOf).get(id);
      if (row === undefined) gone.push(secret ? `one of ${name}` : id);
      else if (used[row]) twice.push(ids[row]!);
      else {
        used[row] = 1;
        rows.push(row);
      }
    }
    return Uint32Array.from(rows).sort();
  });
  const unknown = ids.filter((_, row) => !used[row]);
  const problems = [
    ...unfit(options.file, gone, 'of the lock are not in the data'),
    ...unfit(options.file, unknown, 'of the data are in no part of the lock'),
    ...unfit(options.file, twice, 'stand twice'),
  ];
  if (problems.length > 0) throw new PolytaskError('data', problems);
  return { parts, notes: [] };
}

function unfit(file: string | undefined, ids: readonly string[], what: string): Problem[] {
  if (ids.length === 0) return [];
  const list = [...new Set(ids)]
    .slice(0, shown)
    .map((id) => quote(id))
    .join(', ');
  return [
    {
      code: 'E2330',
      ...(file !== undefined && { file }),
      message: `The data no longer fits the split: ids that ${what}: ${list}${ids.length > shown ? ', …' : ''}.`,
      fix: 'Bring the old data back, or make a new split and forget the old scores.',
      count: ids.length,
    },
  ];
}

const isLists = (value: unknown): value is Record<string, string[]> =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((list) => Array.isArray(list) && list.every((id) => typeof id === 'string'));

function hashAll(ids: readonly string[]): Promise<string[]> {
  const encoder = new TextEncoder();
  return Promise.all(
    ids.map(async (id) => {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(id)));
      return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    }),
  );
}
