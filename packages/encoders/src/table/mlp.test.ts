import '@tensorflow/tfjs-backend-cpu';
import { key, leaves } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { mlpEncoder } from './mlp.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const rows = [
  { age: '20', job: 'cook', note: 'a' },
  { age: 40, job: 'pilot', note: 'b' },
  { age: null, job: '?', note: 'c' },
];
const encoder = mlpEncoder({ hidden: [4], categories: 2 });
const spec = encoder.fit(rows, key(1));

test('numbers become standard scores, few categories one feature each, many are hashed', () => {
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  expect(spec.columns.map(({ isNumber }) => isNumber)).toEqual([true, false, false]);
  const one = mlpEncoder({ categories: 9 });
  const own = one.fit(rows, key(1));
  expect(own.tabular.features).toContain('job=cook');
  const at = (name: string, row: (typeof rows)[number]) => one.encode(row, own)[own.tabular.features.indexOf(name)];
  expect(at('job=cook', rows[0]!)).toBe(1);
  expect(at('job=cook', rows[1]!)).toBe(0);
  expect(at('age', rows[1]!)! + at('age', rows[0]!)!).toBeCloseTo(0, 5);
  expect(spec.tabular.features.length).toBeGreaterThan(32);
});

test('many rows at once are as each of them alone', () => {
  const some = [...rows, { age: 'old', job: 'clown', note: null }, {}] as never[];
  expect(encoder.encodeAll!(some, spec)).toEqual(some.map((row) => encoder.encode(row, spec)));
  expect(encoder.encodeAll!([], spec)).toEqual([]);
});

test('words that mean a missing number leave a column one of numbers, and are missing', () => {
  const words = ['?', 'NA', 'n/a', 'NaN', 'null', '-'];
  const own = encoder.fit([{ age: '20' }, { age: '40' }, ...words.map((age) => ({ age }))], key(1));
  expect(own.columns).toEqual([{ name: 'age', isNumber: true }]);
  for (const age of words) expect([...encoder.encode({ age }, own)]).toEqual([...encoder.encode({ age: null }, own)]);
  expect(encoder.fit([{ age: 'none' }, { age: 'unknown' }], key(1)).columns[0]!.isNumber).toBe(false);
});

test('what fits nothing learnt is missing, and no feature is NaN', () => {
  for (const row of [{ age: 'old', job: 'clown', note: null }, {}, { age: Number.NaN, job: '', note: ' ' }])
    expect(encoder.encode(row as never, spec).every(Number.isFinite)).toBe(true);
});

test('rows become representations, and padding rows change none', () => {
  const { layer, inputShape } = encoder.layer(spec);
  const { params, outputShape } = layer.init(key(2), inputShape);
  expect(outputShape).toEqual([4]);
  expect(leaves(params as never).map(([path]) => path)).toEqual(['layers.0.weight', 'layers.0.bias']);
  const at = (size: number) =>
    layer.apply(
      toTensors(params as object) as never,
      toTensors(
        encoder.collate(
          rows.map((row) => encoder.encode(row, spec)),
          { size, width: 8 },
          spec,
        ),
      ) as never,
      context('infer', random(key(1))),
    );
  expect(at(5).shape).toEqual([5, 4]);
  expect([...at(5).dataSync()].slice(0, 12)).toEqual([...at(3).dataSync()]);
});

test('codes are categories though they are numbers', () => {
  const coded = [{ code: 10 }, { code: '20' }, { code: 10 }];
  expect(mlpEncoder().fit(coded, key(1)).tabular.features).toEqual(['code']);
  const own = mlpEncoder({ codes: ['code'] });
  const spec = own.fit(coded, key(1));
  expect(spec.tabular.features).toEqual(['code=10', 'code=20']);
  expect([...own.encode({ code: 20 }, spec)]).toEqual([0, 1]);
});

test('with many rows numbers lie on pieces of their axis too, unless they are not wanted', () => {
  const many = Array.from({ length: 2000 }, (_, at) => ({ x: at % 100 === 0 ? null : at }));
  expect(mlpEncoder().fit(many.slice(0, 799), key(1)).tabular.features).toEqual(['x', 'x is missing']);
  expect(mlpEncoder().fit(many, key(1)).tabular.features).toHaveLength(2 + 5);
  expect(mlpEncoder({ bins: 0 }).fit(many, key(1)).tabular.features).toHaveLength(2);
  const own = mlpEncoder({ bins: 4 });
  const spec = own.fit(many, key(1));
  const [least, most] = [1, 1999].map((x) => [...own.encode({ x }, spec)].slice(2));
  expect(least).toEqual([0, 0, 0, 0]);
  expect(most).toEqual([1, 1, 1, 1]);
});

test('wrong options are named', () => {
  expect(() => mlpEncoder({ hidden: [0] })).toThrow('dense.units');
  expect(() => mlpEncoder({ dropout: 1 })).toThrow('dropout.rate');
  expect(() => mlpEncoder({ categories: 0 })).toThrow('categories: expected a positive integer. Found 0.');
  expect(() => mlpEncoder({ bins: -1 })).toThrow('bins: expected an integer of at least 0. Found -1.');
  expect(() => mlpEncoder({ codes: ['b'] }).fit([{ a: 1 }], key(1))).toThrow(
    'codes: expected columns of the input. Found "b".',
  );
  expect(() => mlpEncoder().fit([], key(1))).toThrow('rows: expected at least one row');
});
