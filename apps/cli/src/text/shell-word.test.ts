import { expect, it } from 'vitest';
import { shellWord } from './shell-word.ts';

it('quotes only what a shell would take apart', () => {
  expect(shellWord('runs/20260101T000000Z-news-0a1b')).toBe('runs/20260101T000000Z-news-0a1b');
  if (process.platform !== 'win32') expect(shellWord("my runs/it's")).toBe("'my runs/it'\\''s'");
});
