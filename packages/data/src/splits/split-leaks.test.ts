import { integer, key, words } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupSplit } from './group-split.ts';
import { idLikeColumns } from './id-like-columns.ts';
import { randomSplit } from './random-split.ts';
import { splitLeaks } from './split-leaks.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const parts = [Uint32Array.of(0, 1, 2, 3), Uint32Array.of(4, 5), Uint32Array.of(6, 7)];

/** Rows as of voice recordings: 20 patients after each other, 10 recordings each, age and sex of the patient. */
const recordings = () => {
  const next = words(key(4));
  const ages = upTo(20).map(() => 50 + integer(next, 15));
  const patient = upTo(200).map((row) => Math.floor(row / 10) + 1);
  return {
    patient,
    age: patient.map((one) => ages[one - 1]!),
    sex: patient.map((one) => one % 2),
    day: upTo(200).map((row) => (row % 10) * 7),
    jitter: upTo(200).map(() => integer(next, 1000) / 997),
  };
};

describe('splitLeaks', () => {
  it('counts equal texts and near-duplicates of the training part in the others', () => {
    const texts = ['a', 'b', 'c', 'd', 'A ', 'e', 'c!', 'f'];
    const found = splitLeaks(parts, {
      texts,
      nearDuplicates: (list) => list.map((text) => text.trim().toLowerCase().charCodeAt(0)),
    });
    expect(found.map(({ code, path, message }) => [code, path, message])).toEqual([
      ['E2320', 'validation', 'Leak: 1 of 2 texts of the validation part stand in the train part too.'],
      ['E2321', 'test', 'Leak: 1 of 2 texts of the test part are nearly those of examples of the train part.'],
    ]);
    expect(splitLeaks(parts, { texts: upTo(8).map(String) })).toEqual([]);
  });

  it('finds the patient whose rows a row split puts on both sides, and nothing after a split by patient', () => {
    const columns = recordings();
    const leaking = splitLeaks(randomSplit(key(1), 200, [0.8, 0.1, 0.1]).parts, {
      columns: { ...columns, 'subject#': columns.patient },
    });
    expect(leaking.map(({ code, path }) => [code, path])).toEqual([
      ['E2322', 'patient'],
      ['E2322', 'patient'],
      ['E2322', 'subject#'],
      ['E2322', 'subject#'],
    ]);
    expect(leaking[1]!.message).toMatch(
      /\d+ of its \d+ values in the test part stand in the train part too: 20 of 20 rows\./,
    );
    expect(splitLeaks(groupSplit(key(1), columns.patient, [0.8, 0.1, 0.1]).parts, { columns })).toEqual([]);
  });

  it('believes a group column that is named as one', () => {
    const columns = { colour: ['r', 'g', 'r', 'g', 'r', 'b', 'b', 'b'] };
    expect(splitLeaks(parts, { columns })).toEqual([]);
    expect(splitLeaks(parts, { columns, groupColumns: ['colour', 'none'] })).toMatchObject([
      { code: 'E2322', path: 'colour' },
    ]);
  });

  it('finds exactly the groups that stand on both sides', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { minLength: 20, maxLength: 40 }), fc.nat(1000), (user, seed) => {
        const split = randomSplit(key(seed), user.length, [0.5, 0.5]);
        const trained = new Set(Array.from(split.parts[0]!, (row) => user[row]!));
        const crossing = [...split.parts[1]!].filter((row) => trained.has(user[row]!)).length;
        const found = splitLeaks(split.parts, { columns: { user }, groupColumns: ['user'] });
        expect(found).toHaveLength(crossing > 0 ? 1 : 0);
        if (crossing > 0) expect(found[0]!.message).toContain(`${crossing} of ${split.parts[1]!.length} rows`);
      }),
    );
  });

  it('refuses columns that are too short', () => {
    expect(() => splitLeaks(parts, { texts: ['a'] })).toThrow(RangeError);
    expect(() => splitLeaks(parts, { columns: { a: [1] } })).toThrow(RangeError);
    expect(splitLeaks([], {})).toEqual([]);
  });
});

describe('idLikeColumns', () => {
  it('takes names, codes and blocks that fix another column for signs, and says which', () => {
    const { patient, age, ...others } = recordings();
    const shuffledCodes = upTo(200).map((row) => `P${String((row * 7) % 20).padStart(3, '0')}`);
    const found = idLikeColumns({
      number: patient,
      age,
      code: shuffledCodes,
      userId: patient.map((one) => one % 9),
      ...others,
    });
    expect(found.map(({ name, reasons }) => [name, reasons])).toEqual([
      ['number', ['its rows stand in blocks, and it fixes the column "age"']],
      ['code', ['its values are codes']],
      ['userId', ['its name says so']],
    ]);
  });

  it('leaves out unique ids, measurements, few categories and words', () => {
    const next = words(key(9));
    expect(
      idLikeColumns({
        id: upTo(100),
        user: upTo(100).map((row) => row % 3),
        height: upTo(100).map(() => integer(next, 50) / 7),
        city: upTo(100).map(() => ['Rome', 'Oslo', 'Bonn', 'Lyon', 'Bern'][integer(next, 5)]!),
        grade: upTo(100).map(() => integer(next, 30)),
        nothing: upTo(100).map(() => null),
      }),
    ).toEqual([]);
  });

  it('takes columns of any names and values', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.array(fc.option(fc.oneof(fc.string(), fc.double())), { minLength: 9, maxLength: 9 }),
        ),
        (columns) => {
          for (const { groups, distinct } of idLikeColumns(columns)) {
            expect(groups).toHaveLength(9);
            expect(distinct).toBeGreaterThanOrEqual(4);
          }
        },
      ),
    );
  });
});
