import { key } from '@polytask/base';
import { expect, test } from 'vitest';
import { glorotUniform, heNormal, normal, ones, zeros } from './initializers.ts';

const moments = (data: ArrayLike<number>) => {
  const values = Array.from(data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};

test('glorotUniform stays within ±√(6 / (in + out)) and fills that range', () => {
  const { data, shape } = glorotUniform(key(1), [60, 90]); // √(6 / 150) = 0.2
  expect(shape).toEqual([60, 90]);
  expect(Math.max(...data)).toBeLessThanOrEqual(0.2);
  expect(Math.min(...data)).toBeGreaterThanOrEqual(-0.2);
  expect(moments(data).mean).toBeCloseTo(0, 2);
  expect(moments(data).deviation).toBeCloseTo(0.2 / Math.sqrt(3), 2);
});

test('the extent of a filter counts in both fans', () => {
  // 3·3·(20 + 40) = 540, √(6 / 540) ≈ 0.1054
  const { data } = glorotUniform(key(1), [3, 3, 20, 40]);
  expect(Math.max(...data)).toBeGreaterThan(0.105);
  expect(Math.max(...data)).toBeLessThan(0.1055);
});

test('heNormal has the deviation √(2 / in)', () => {
  const { mean, deviation } = moments(heNormal(key(2), [200, 50]).data); // √(2 / 200) = 0.1
  expect(mean).toBeCloseTo(0, 2);
  expect(deviation).toBeCloseTo(0.1, 2);
});

test('normal has the deviation that was asked for', () => {
  expect(moments(normal({ standardDeviation: 3 })(key(3), [10_000]).data).deviation / 3).toBeCloseTo(1, 1);
});

test('the same key gives the same numbers and another key others', () => {
  expect(glorotUniform(key(1), [4, 4])).toEqual(glorotUniform(key(1), [4, 4]));
  expect(glorotUniform(key(1), [4, 4])).not.toEqual(glorotUniform(key(2), [4, 4]));
});

test('zeros and ones are what they say', () => {
  expect([...zeros(key(1), [2]).data, ...ones(key(1), [2]).data]).toEqual([0, 0, 1, 1]);
});
