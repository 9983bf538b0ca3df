import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, key } from './key.ts';
import { integer, keepMask, keepProbability, logGamma, normal, permutation, uniform, words } from './random.ts';

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test('the same key draws the same numbers, another key draws others', () => {
  expect(uniform(key(1), 8)).toEqual(uniform(key(1), 8));
  expect(uniform(key(1), 8)).not.toEqual(uniform(fold(key(1), 'other'), 8));
});

test('uniform numbers lie in [0, 1) with mean ½ and variance 1/12', () => {
  const values = uniform(key(2), 100_000);

  expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values.slice(0, 50_000))).toBeLessThan(1);
  expect(mean(values)).toBeCloseTo(0.5, 2);
  expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
});

test('normal numbers have mean 0, variance 1 and no infinite value', () => {
  const values = normal(key(3), 100_001);

  expect(values.every(Number.isFinite)).toBe(true);
  expect(mean(values)).toBeCloseTo(0, 1);
  expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 1);
});

test('a mask drops its rate', () => {
  expect(1 - mean(keepMask(key(4), 200_001, 0.1))).toBeCloseTo(0.1, 2);
  expect(keepMask(key(4), 5, 0)).toEqual(Uint8Array.of(1, 1, 1, 1, 1));
  expect(keepMask(key(4), 5, 1)).toEqual(Uint8Array.of(0, 0, 0, 0, 0));
});

test('the probability of keeping is exact to 2⁻¹⁶', () => {
  expect(keepProbability(0.1)).toBe(1 - 6554 / 65536);
  expect(keepProbability(0.5)).toBe(0.5);
});

test('a mask is written into the array it is given', () => {
  const target = new Uint8Array(4).fill(9);

  expect(keepMask(key(5), 4, 0.5, target)).toBe(target);
  expect(target.every((value) => value < 2)).toBe(true);
});

test('a permutation holds every index once', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(200), (seed, count) => {
      expect([...permutation(key(seed), count)].sort((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, index) => index),
      );
    }),
  );
});

test('every permutation of three is about equally frequent', () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const order = permutation(fold(key(6), seed), 3).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }

  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150); // 5 standard deviations
});

test('integers stay below their bound', () => {
  const next = words(key(7));

  expect(Array.from({ length: 1000 }, () => integer(next, 3)).every((value) => value >= 0 && value < 3)).toBe(true);
});

test.each([0.3, 1, 4.5])('Gamma(%d) variables have mean and variance a', (a) => {
  const next = words(key(11));
  const values = Array.from({ length: 20_000 }, () => Math.exp(logGamma(next, a)));
  const average = mean(values);
  // standard errors: √(a / n) of the mean, √((2 a² + 6 a) / n) of the variance; four of them
  expect(Math.abs(average - a)).toBeLessThan(4 * Math.sqrt(a / 20_000));
  const variance = mean(values.map((value) => (value - average) ** 2));
  expect(Math.abs(variance - a)).toBeLessThan(4 * Math.sqrt((2 * a * a + 6 * a) / 20_000));
});

test('logarithms of Gamma variables stay finite where the variables underflow', () => {
  const next = words(key(12));
  const logs = Array.from({ length: 200 }, () => logGamma(next, 1e-3));
  expect(logs.every(Number.isFinite)).toBe(true);
  expect(logs.some((log) => Math.exp(log) === 0)).toBe(true);
});
