import { fold, key, normal } from '@polytask/base';
import { describe, expect, it } from 'vitest';
import { meanAffinity } from './affinity.ts';
import { gradientCosines } from './gradient-cosines.ts';
import { linearCka } from './linear-cka.ts';
import { lookAhead } from './look-ahead.ts';

const rowsOf = (seed: number, count: number, width: number) => {
  const values = normal(fold(key(seed), 'rows'), count * width);
  return Array.from({ length: count }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
};

describe('meanAffinity', () => {
  it('averages where there is a number', () => {
    expect(
      meanAffinity(['a', 'b'], 'cosine', [
        [
          [1, 0.5],
          [null, 1],
        ],
        [
          [1, -1],
          [null, null],
        ],
      ]),
    ).toEqual({
      tasks: ['a', 'b'],
      by: 'cosine',
      matrix: [
        [1, -0.25],
        [null, 1],
      ],
      counts: [
        [2, 2],
        [0, 1],
      ],
      errors: [
        [0, 0.75], // √(((0.75)² + (0.75)²) / 1 / 2)
        [null, null],
      ],
    });
  });

  it('refuses another size', () => {
    expect(() => meanAffinity(['a', 'b'], 'cosine', [[[1]]])).toThrow('expected [2, 2]. Found [1, 1]');
  });
});

describe('gradientCosines', () => {
  it('are those of the vectors', () => {
    // g = (3, 4), (4, 3), (0, 0)
    const found = gradientCosines([
      [25, 24, 0],
      [24, 25, 0],
      [0, 0, 0],
    ]);
    expect(found).toEqual([
      [1, 0.96, null],
      [0.96, 1, null],
      [null, null, null],
    ]);
    expect(
      gradientCosines(
        [
          [4, -4],
          [-4, 4],
        ],
        [true, false],
      ),
    ).toEqual([
      [1, null],
      [null, null],
    ]);
  });
});

describe('lookAhead', () => {
  it('is what is gained of the loss before, and not known of absent tasks', () => {
    expect(lookAhead([2, 4, null], [[1, 5, null], null, null])).toEqual([
      [0.5, -0.25, null],
      [null, null, null],
      [null, null, null],
    ]);
    expect(lookAhead([0], [[0]])).toEqual([[null]]);
  });
});

describe('linearCka', () => {
  const rows = rowsOf(1, 30, 4);

  it('is 1 for the same, scaled, shifted and rotated', () => {
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    const turned = rows.map(([a, b, c, d]) => [
      5 + 3 * (a! * cos - b! * sin),
      3 * (a! * sin + b! * cos),
      -3 * c!,
      3 * d!,
    ]);
    for (const unbiased of [false, true]) {
      expect(linearCka(rows, rows, { unbiased })).toBeCloseTo(1, 12);
      expect(linearCka(rows, turned, { unbiased })).toBeCloseTo(1, 9);
    }
  });

  it('is the ratio of cross-covariances by hand', () => {
    // centred: x = (−1, 0, 1), y = (−1, 2, −1)/1 → Σxy = 0; z = (0, 0, 3) centred (−1, −1, 2): Σxz = 3, CKA = 9 / (2 · 6)
    expect(linearCka([[0], [1], [2]], [[0], [3], [0]])).toBeCloseTo(0, 12);
    expect(linearCka([[0], [1], [2]], [[0], [0], [3]])).toBeCloseTo(0.75, 12);
  });

  it('has a bias where there are few examples of many features, which can be taken out', () => {
    const mean = (unbiased: boolean) =>
      Array.from({ length: 40 }, (_, at) =>
        linearCka(rowsOf(2 * at, 10, 20), rowsOf(2 * at + 1, 10, 20), { unbiased }),
      ).reduce((sum, value) => sum + value / 40, 0);
    expect(mean(false)).toBeGreaterThan(0.5);
    expect(Math.abs(mean(true))).toBeLessThan(0.1);
  });

  it('is not a number where nothing varies, and refuses other counts', () => {
    expect(linearCka([[1], [1]], [[1], [2]])).toBeNaN();
    expect(() => linearCka(rows, rows.slice(1))).toThrow('as many examples');
    expect(() => linearCka(rows.slice(0, 3), rows.slice(0, 3), { unbiased: true })).toThrow('at least 4');
  });
});
