import { createHash } from 'node:crypto';
import { key, PolytaskError, permutation } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomSplit } from './random-split.ts';
import { applySplitLock, readSplitLock, splitLock } from './split-lock.ts';

const parts = [Uint32Array.of(0, 2), Uint32Array.of(1), Uint32Array.of(3, 4)];
const ids = ['a', 'b', 'c', 'd', 'e'];
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const refusal = async (happening: Promise<unknown>) => {
  const error = await happening.then(
    () => undefined,
    (found: unknown) => found,
  );
  if (!PolytaskError.is(error)) throw new TypeError('Expected a PolytaskError.');
  return error;
};

describe('splitLock', () => {
  it('writes ids of training and validation, and hashes of test ids, sorted', async () => {
    expect(await splitLock({ parts }, ids)).toEqual({
      version: 1,
      examples: 5,
      ids: { train: ['a', 'c'], validation: ['b'] },
      hashed: { test: [sha256('d'), sha256('e')].sort() },
    });
  });

  it('keeps the notes of a split that has some', async () => {
    const notes = [{ code: 'E2320', message: 'Leak.' }];
    expect((await splitLock({ parts, notes }, ids)).notes).toEqual(notes);
    expect(await splitLock({ parts, notes: [] }, ids)).not.toHaveProperty('notes');
  });

  it('gives the same split back for rows in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string(), { maxLength: 30 }), fc.nat(1000), async (own, seed) => {
        const split = randomSplit(key(seed), own.length, [0.5, 0.2, 0.3]);
        const lock = readSplitLock(JSON.stringify(await splitLock(split, own)));
        const order = [...permutation(key(seed), own.length)];
        const shuffled = order.map((at) => own[at]!);
        const found = await applySplitLock(lock, shuffled);
        const named = (list: readonly Uint32Array[], names: readonly string[]) =>
          list.map((part) => [...part].map((index) => names[index]!).sort());
        expect(named(found.parts, shuffled)).toEqual(named(split.parts, own));
      }),
    );
  });

  it('refuses ids that are gone, new or doubled, each with how many', async () => {
    const lock = await splitLock({ parts }, ids);
    const error = await refusal(applySplitLock(lock, ['b', 'c', 'x', 'y', 'y', 'd'], { file: 'split.lock.json' }));
    expect(error.kind).toBe('data');
    expect(error.problems.map(({ code, count, message }) => [code, count, message])).toEqual([
      ['E2330', 2, 'The data no longer fits the split: ids that of the lock are not in the data: "a", "one of test".'],
      ['E2330', 3, 'The data no longer fits the split: ids that of the data are in no part of the lock: "x", "y".'],
      ['E2330', 1, 'The data no longer fits the split: ids that stand twice: "y".'],
    ]);
    await expect(applySplitLock(lock, ids, { names: ['train'] })).rejects.toThrow(RangeError);
  });

  it('refuses ids that stand twice or are missing when it is made', async () => {
    await expect(splitLock({ parts }, ['a', 'b', 'a', 'd', 'e'])).rejects.toThrow('Found "a" twice');
    await expect(splitLock({ parts }, ['a'])).rejects.toThrow(RangeError);
  });

  it('reads whatever is no lock as an error, never as a lock', () => {
    for (const [text, message] of [
      ['{', 'Not a split lock'],
      ['null', 'expected version 1'],
      ['{"version":2}', 'expected version 1, found 2'],
      ['{"version":1,"examples":0,"ids":{"train":[1]},"hashed":{}}', 'expected lists of ids'],
      ['{"version":1,"examples":2,"ids":{"train":["a"]},"hashed":{}}', 'expected 2 ids, found 1'],
    ] as const) {
      expect(() => readSplitLock(text, 'x.json')).toThrow(message);
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => readSplitLock(text)).toThrow(PolytaskError);
      }),
    );
  });
});
