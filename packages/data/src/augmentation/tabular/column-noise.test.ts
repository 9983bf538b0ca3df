import { key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { table } from '../../table/table.ts';
import { columnNoise, fitDeviations } from './column-noise.ts';

const people = table({
  age: [20, 40, null, 1000],
  size: [1, 1, 1, 1],
  empty: [null, null, null, 5],
  town: ['a', 'b', 'c', null],
});
const training = [0, 1, 2];

describe('fitDeviations', () => {
  test('takes numbers of training rows alone', () => {
    expect(fitDeviations(people, training)).toEqual({ age: 10, size: 0, empty: 0 });
    expect(fitDeviations(people, training, ['age'])).toEqual({ age: 10 });
  });

  test('refuses columns that there are none of, and texts', () => {
    expect(() => fitDeviations(people, training, ['agee'])).toThrow(/columns: expected some of .*Found "agee"/);
    expect(() => fitDeviations(people, training, ['town'])).toThrow(TypeError);
    expect(() => fitDeviations(people, training, ['__proto__'])).toThrow(RangeError);
  });
});

describe('columnNoise', () => {
  const deviations = fitDeviations(people, training);

  test('has the fitted deviation times its scale, in columns of numbers that vary', () => {
    const changes = Array.from({ length: 4000 }, (_, seed) => {
      const row = columnNoise({ deviations, scale: 0.5 }).apply({ age: 30, size: 2, town: 'a' }, key(seed));
      expect([row.size, row.town]).toEqual([2, 'a']);
      return (row.age as number) - 30;
    });
    const mean = changes.reduce((sum, one) => sum + one, 0) / 4000;
    const deviation = Math.sqrt(changes.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 4000);
    expect(Math.abs(mean)).toBeLessThan(0.3);
    expect(Math.abs(deviation - 5)).toBeLessThan(0.2);
  });

  test('leaves missing values missing, whatever they are called', () => {
    const noise = columnNoise({ deviations: { age: 1, size: 1 } });
    const row = noise.apply({ age: null, size: Number.NaN, ...JSON.parse('{"__proto__": 3}') }, key(1));
    expect([row.age, row.size]).toEqual([null, Number.NaN]);
    expect(Object.keys(noise.apply({}, key(1)))).toEqual([]);
  });

  test('does not depend on the order of columns', () => {
    const one = columnNoise({ deviations: { age: 1, size: 1 } }).apply({ age: 1, size: 2 }, key(1));
    const other = columnNoise({ deviations: { size: 1, age: 1 } }).apply({ size: 2, age: 1 }, key(1));
    expect({ ...other }).toEqual({ ...one });
  });
});
