import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shownPath } from './shown-path.ts';

it('shortens paths inside the working directory and leaves others as they are', () => {
  const here = join(process.cwd(), 'here');
  expect(shownPath(join(here, 'runs', 'a'), here)).toBe(join('runs', 'a'));
  expect(shownPath(join(here, '..', 'other'), here)).toBe(join(here, '..', 'other'));
  expect(shownPath(here, here)).toBe(here);
  expect(shownPath(join('runs', 'a'), here)).toBe(join('runs', 'a'));
});
