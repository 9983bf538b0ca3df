import { expect, test } from 'vitest';
import { findChromium } from './chromium.ts';

test('the named browser is taken, else the first that is installed, else none', () => {
  expect(findChromium(process.execPath, [])).toBe(process.execPath);
  expect(findChromium('', ['/nowhere/chromium', process.execPath])).toBe(process.execPath);
  expect(findChromium('', ['/nowhere/chromium'])).toBeUndefined();
});

test('a named browser that is missing is an error: nobody asked for another', () => {
  expect(() => findChromium('/nowhere/chromium', [process.execPath])).toThrow('/nowhere/chromium');
});
