import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fold, key, uniform } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource } from '../sources/open-source.ts';
import { type Table, table } from '../table/table.ts';
import { tableOf } from '../table/table-of.ts';
import { applyTabular } from './apply-tabular.ts';
import type { TabularSchema } from './encoding.ts';
import { fitTabular, tabularSchema } from './fit-tabular.ts';

const student = fileURLToPath(new URL('../../../../../shared/data/student/student-mat.csv', import.meta.url));
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const rows = ({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }) =>
  upTo(shape[0]!).map((row) =>
    Array.from(data)
      .slice(row * shape[1]!, (row + 1) * shape[1]!)
      .map((value) => Math.round(value * 1e4) / 1e4 + 0),
  );
const encode = (given: Table, schema: TabularSchema, trainingRows: number[] = upTo(given.rowCount)) => {
  const spec = fitTabular(given, schema, trainingRows);
  return { features: spec.features, rows: rows(applyTabular(given, spec)), spec };
};

describe('tabular encoders', () => {
  it('scale numbers and flag missing ones', () => {
    const given = table({ x: [1, 3, null, 5] });
    expect(encode(given, { x: { type: 'number' } }, [0, 1])).toMatchObject({
      features: ['x'],
      rows: [[-1], [1], [0], [3]],
    });
    expect(encode(given, { x: { type: 'number', scale: 'minMax' } })).toMatchObject({
      features: ['x', 'x is missing'],
      rows: [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [1, 0],
      ],
    });
    expect(encode(table({ x: [null, 4] }), { x: { type: 'number' } }, [0]).rows).toEqual([
      [0, 1],
      [4, 0],
    ]);
  });
  it('lay numbers on pieces that end at distinct values, and at quantiles where there are many', () => {
    const given = table({ x: [0, 10, 10, null, 30, 20, 40, -5] });
    const { features, rows: found } = encode(given, { x: { type: 'piecewise', scale: 'none' } }, [0, 1, 2, 3, 4]);
    expect(features).toEqual(['x', 'x is missing', 'x from 0 to 10', 'x from 10 to 30']);
    expect(found).toEqual([
      [0, 0, 0, 0],
      [10, 0, 1, 0],
      [10, 0, 1, 0],
      [10, 1, 1, 0], // the median of 0, 10, 10, 30
      [30, 0, 1, 1],
      [20, 0, 1, 0.5],
      [40, 0, 1, 1],
      [-5, 0, 0, 0],
    ]);
    const skewed = table({ x: upTo(1000).map((at) => (at < 900 ? 0 : at)) });
    const { spec } = encode(skewed, { x: { type: 'piecewise', bins: 8 } });
    const { edges } = spec.columns[0]!.spec as unknown as { edges: number[] };
    expect(edges.length).toBeLessThanOrEqual(9);
    expect(edges.filter((edge) => edge > 920).length).toBe(4);
    expect([...edges].sort((a, b) => a - b)).toEqual(edges);
    expect(() => fitTabular(given, { x: { type: 'piecewise', bins: 1 } }, [0])).toThrow(
      'bins: expected an integer of at least 2. Found 1.',
    );
  });
  it('give each category a feature, rare ones a common one and unseen ones none', () => {
    const given = table({ c: ['b', 'a', 'b', null, 'z'] });
    expect(encode(given, { c: { type: 'oneHot' } }, [0, 1, 2])).toMatchObject({
      features: ['c=a', 'c=b'],
      rows: [
        [0, 1],
        [1, 0],
        [0, 1],
        [0, 0],
        [0, 0],
      ],
    });
    expect(encode(given, { c: { type: 'oneHot', maxCategories: 1 } }, [0, 1, 2, 3])).toMatchObject({
      features: ['c=b', 'c=other', 'c is missing'],
      rows: [
        [1, 0, 0],
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
        [0, 1, 0],
      ],
    });
  });
  it('rank categories, by value or as they are told', () => {
    const given = table({ size: ['L', 'S', null, 'XXL'], n: [10, 9, null, 3] });
    expect(
      encode(given, { size: { type: 'ordinal', order: ['S', 'M', 'L'] }, n: { type: 'ordinal' } }, [0, 1]).rows,
    ).toEqual([
      [2, 1],
      [0, 0],
      [-1, -1],
      [-1, -1],
    ]);
  });
  it('hash categories to one signed feature, the same ones always', () => {
    const { rows: found, features } = encode(table({ c: ['x', 'y', 'x', null] }), {
      c: { type: 'hashing', buckets: 8 },
    });
    expect(features).toHaveLength(8);
    expect(found[0]).toEqual(found[2]);
    expect(found.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0))).toEqual([1, 1, 1, 0]);
  });
  it('take dates and angles apart', () => {
    const given = table({ when: ['1970-01-01', '1970-01-03T06:00:00Z', 'never'], angle: [0, 90, null] });
    const { features, rows: found } = encode(
      given,
      {
        when: { type: 'date', parts: ['elapsed', 'year', 'hour'] },
        angle: { type: 'cyclical', period: 360 },
      },
      [0, 1],
    );
    expect(features).toEqual([
      'when: elapsed',
      'when: year',
      'when: sin hour',
      'when: cos hour',
      'angle: sin',
      'angle: cos',
    ]);
    expect(found).toEqual([
      [-1, -30, 0, 1, 0, 1],
      [1, -30, 1, 0, 1, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });
  it('encode categories by the smoothed mean of a target', () => {
    const given = table({ c: ['a', 'a', 'b', 'new', null], y: [1, 3, 8, 0, 0], mood: ['+', '-', '+', null, null] });
    const { features, rows: found } = encode(given, { c: { type: 'target', target: 'y', smoothing: 2 } }, [0, 1, 2]);
    expect(features).toEqual(['c: mean y']);
    expect(found).toEqual([[3], [3], [5.3333], [4], [4]]); // prior 4: (4 + 8) / 4, (8 + 8) / 3
    expect(encode(given, { c: { type: 'target', target: 'mood', smoothing: 0 } }, [0, 1, 2]).features).toEqual([
      'c: mood=-',
    ]);
  });
  it('refuse columns and options that do not fit', () => {
    const given = table({ c: ['a'], x: [1] });
    expect(() => fitTabular(given, { c: { type: 'number' } }, [0])).toThrow(TypeError);
    for (const schema of [
      { y: { type: 'number' } },
      { c: { type: 'hashing', buckets: 0 } },
      { c: { type: 'target', target: 'c' } },
      { c: { type: 'target', target: 'x', folds: 1 } },
      { x: { type: 'cyclical', period: 0 } },
      { x: { type: 'none' } },
    ] as unknown as TabularSchema[]) {
      expect(() => fitTabular(given, schema, [0])).toThrow(RangeError);
    }
  });
});

describe('target encoding of training rows', () => {
  const schema = { c: { type: 'target', target: 'y', smoothing: 1, folds: 4 } } as const;
  const training = (given: Table) =>
    applyTabular(given, fitTabular(given, schema, upTo(given.rowCount)), { trainingRows: upTo(given.rowCount) });
  it('does not depend on the row’s own target', () => {
    const values = fc.array(fc.record({ c: fc.constantFrom('a', 'b', 'c'), y: fc.integer({ min: 0, max: 9 }) }), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 50, max: 99 }), (list, which, target) => {
        const at = which % list.length;
        const c = list.map((one) => one.c);
        const y = list.map((one) => one.y);
        const before = training(table({ c, y }));
        const after = training(table({ c, y: y.with(at, target) }));
        expect(after.data[at]).toBe(before.data[at]);
      }),
    );
  });
  it('tells nothing about noise, which the plain means do', () => {
    const count = 400;
    const noise = [...uniform(key(1), count)];
    const c = [...uniform(fold(key(1), 'c'), count)].map((value) => `c${Math.floor(value * 200)}`); // two rows per category
    const given = table({ c, y: noise });
    const correlation = (features: ArrayLike<number>) => {
      const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, value) => sum + value, 0) / list.length;
      const [mx, my] = [mean(features), mean(noise)];
      let [xx, yy, xy] = [0, 0, 0];
      noise.forEach((value, at) => {
        xx += (features[at]! - mx) ** 2;
        yy += (value - my) ** 2;
        xy += (features[at]! - mx) * (value - my);
      });
      return xy / Math.sqrt(xx * yy);
    };
    expect(correlation(applyTabular(given, fitTabular(given, schema, upTo(count))).data)).toBeGreaterThan(0.5);
    expect(correlation(training(given).data)).toBeLessThan(0.15);
  });
  it('needs the training rows that were fitted to', () => {
    const given = table({ c: ['a', 'b', 'a'], y: [1, 2, 3] });
    expect(() => applyTabular(given, fitTabular(given, schema, [0, 1, 2]), { trainingRows: [0] })).toThrow(RangeError);
  });
});

describe('fitTabular', () => {
  const schema: TabularSchema = {
    x: { type: 'number', scale: 'quantile' },
    c: { type: 'oneHot' },
    d: { type: 'target', target: 'x' },
    o: { type: 'ordinal' },
  };
  it('never sees other rows, and its saved specification gives the same features', () => {
    const cell = fc.constantFrom('a', 'b', 'zz', null);
    const row = fc.record({ x: fc.option(fc.double({ noNaN: true })), c: cell, d: cell, o: cell });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 10 }),
        fc.array(row, { maxLength: 5 }),
        (training, others) => {
          const column = <Name extends 'x' | 'c' | 'd' | 'o'>(name: Name) =>
            [...training, ...others].map((one) => one[name]);
          const given: Table = {
            rowCount: training.length + others.length,
            columns: {
              x: { type: 'number', values: Float64Array.from(column('x'), (value) => value ?? Number.NaN) },
              c: { type: 'text', values: column('c') },
              d: { type: 'text', values: column('d') },
              o: { type: 'text', values: column('o') },
            },
          };
          const alone: Table = {
            rowCount: training.length,
            columns: Object.fromEntries(
              Object.entries(given.columns).map(([name, { type, values }]) => [
                name,
                { type, values: values.slice(0, training.length) } as Table['columns'][string],
              ]),
            ),
          };
          const spec = fitTabular(given, schema, upTo(training.length));
          expect(JSON.stringify(fitTabular(alone, schema, upTo(training.length)))).toBe(JSON.stringify(spec));
          const features = applyTabular(given, spec);
          expect(features).toEqual(applyTabular(given, JSON.parse(JSON.stringify(spec))));
          expect(features.shape).toEqual([given.rowCount, spec.features.length]);
          expect(features.data.some(Number.isNaN)).toBe(false);
        },
      ),
    );
  });
  it.skipIf(!existsSync(student))('makes features of the student table', async () => {
    const { table: given } = await tableOf(openSource(student));
    const trainingRows = upTo(300);
    const spec = fitTabular(given, tabularSchema(given, trainingRows, { except: ['G1', 'G2', 'G3'] }), trainingRows);
    expect(spec.features).toContain('Mjob=teacher');
    expect(spec.features.some((name) => name.startsWith('G3'))).toBe(false);
    expect(applyTabular(given, spec).shape).toEqual([395, spec.features.length]);
  });
});
