import { expect } from 'vitest';

/** Expects two values to have the same form, numbers within `tolerance` relative to the larger of 1 and their size. */
export function expectClose(found: unknown, expected: unknown, tolerance: number): void {
  expect(rounded(found, expected, tolerance)).toEqual(expected);
}

/** `found`, with every number that is close enough replaced by the expected one. */
function rounded(found: unknown, expected: unknown, tolerance: number): unknown {
  if (typeof found === 'number' && typeof expected === 'number') {
    return Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)) ? expected : found;
  }
  if (Array.isArray(found) && Array.isArray(expected)) {
    return found.map((value, index) => rounded(value, expected[index], tolerance));
  }
  if (typeof found === 'object' && found !== null && typeof expected === 'object' && expected !== null) {
    const other = new Map(Object.entries(expected));
    return Object.fromEntries(
      Object.entries(found).map(([name, value]) => [name, rounded(value, other.get(name), tolerance)]),
    );
  }
  return found;
}
