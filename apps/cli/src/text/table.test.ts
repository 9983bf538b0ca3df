import { expect, it } from 'vitest';
import { table } from './table.ts';
import { cut, plain, width } from './width.ts';

it('aligns columns, numbers to the right', () => {
  const lines = table(
    [{ title: 'task' }, { title: 'labels', align: 'right' }],
    [
      ['topic', '1,200'],
      ['sentiment', '96'],
    ],
  );
  expect(lines).toEqual(['task       labels', 'topic       1,200', 'sentiment      96']);
});

it('leaves out the line of titles when there are none', () => {
  expect(table([{ title: '' }, { title: '' }], [['a', 'b']], { indent: 2 })).toEqual(['  a  b']);
});

it('aligns texts that take two columns a character, and coloured ones', () => {
  const lines = table(
    [{ title: '' }, { title: '' }],
    [
      ['新闻', 'x'],
      ['\u001b[32mgood\u001b[39m', 'y'],
      ['a', 'z'],
    ],
  );
  expect(lines).toEqual(['新闻  x', '\u001b[32mgood\u001b[39m  y', 'a     z']);
});

it('measures and cuts in columns of the terminal', () => {
  expect([width('新闻a'), width('e\u0301'), width('🎉')]).toEqual([5, 1, 2]);
  expect([cut('新闻新闻', 5), cut('short', 5), cut('longer', 5)]).toEqual(['新闻…', 'short', 'long…']);
});

it('keeps control characters of foreign texts away from the terminal', () => {
  expect(plain('a\u001b[31mb\nc\u0000\u202ed')).toBe('a [31mb c d');
});
