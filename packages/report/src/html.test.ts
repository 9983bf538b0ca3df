import { expect, it } from 'vitest';
import { html, textOf } from './html.ts';
import { day, decimal, percent } from './numbers.ts';

it('escapes texts, joins lists and leaves out what is not there', () => {
  const part = html`<b>${'<"&\'`>'}</b>`;
  expect(textOf(html`${part}${[1, ' ', part]}${null}${undefined}${false}`)).toBe(
    '<b>&lt;&quot;&amp;&#39;&#96;&gt;</b>1 <b>&lt;&quot;&amp;&#39;&#96;&gt;</b>',
  );
});

it('takes nothing from JSON for markup', () => {
  const foreign = JSON.parse('{"html": "<script>", "markup": "<script>"}') as never;
  expect(() => textOf(html`${foreign}`)).toThrow(TypeError);
});

it('puts a sign in the place of control characters and lone surrogates', () => {
  expect(textOf(html`${'a\0b\ud800c\nd'}`)).toBe('a\ufffdb\ufffdc\nd');
});

it('writes numbers to be read', () => {
  expect([0, 3, 1234.5678, 0.12345, 1e-9, 123456.789, -2.5e8, Number.NaN].map(decimal)).toEqual([
    '0',
    '3',
    '1235',
    '0.1235',
    '1.00e-9',
    '123457',
    '-2.50e+8',
    'NaN',
  ]);
  expect([0, 0.0001, 0.0123, 0.456, 0.954, 0.9999, 1, Number.NaN].map(percent)).toEqual([
    '0 %',
    '< 0.1 %',
    '1.2 %',
    '46 %',
    '95.4 %',
    '> 99.9 %',
    '100 %',
    '–',
  ]);
  expect([0, 86_400_000 + 3_600_000, 1e20].map(day)).toEqual(['1970-01-01', '1970-01-02T01:00:00Z', '1.00e+20']);
});
