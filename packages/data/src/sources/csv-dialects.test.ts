import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSource } from './open-source.ts';
import { readCsv } from './read-csv.ts';
import type { Source } from './types.ts';

async function valuesOf(source: Source) {
  const found = [];
  for await (const row of source) found.push('bad' in row ? row.bad.code : { ...row.values });
  return found;
}
/** One byte at a time. */
async function* bytes(text: string | Uint8Array) {
  for (const byte of typeof text === 'string' ? new TextEncoder().encode(text) : text) yield Uint8Array.of(byte);
}

test.each([
  ['a;b\n1,5;x\n', { a: '1,5', b: 'x' }],
  ['a,b\n1;5,x\n', { a: '1;5', b: 'x' }],
  ['a\tb\n1\tx\n', { a: '1', b: 'x' }],
  ['"a;1;2",b|c\r\n1,2|3\r\n', { 'a;1;2': '1', 'b|c': '2|3' }],
  ['"a,1,2";b\n1;2\n', { 'a,1,2': '1', b: '2' }],
  ['alone\n1\n', { alone: '1' }],
])('the header tells the delimiter: %j', async (text, first) => {
  expect((await valuesOf(readCsv(bytes(text), { delimiter: 'auto' })))[0]).toEqual(first);
});

test('old encodings are read when asked for, and told apart from damage otherwise', async () => {
  const latin = Uint8Array.of(0x6e, 0x0a, 0x4d, 0xfc, 0x6c, 0x0a); // n, Mül
  expect(await valuesOf(readCsv(bytes(latin), { encoding: 'latin1' }))).toEqual([{ n: 'Mül' }]);
  expect(await valuesOf(readCsv(bytes(latin)))).toEqual(['E2110']);
});

const student = fileURLToPath(new URL('../../../../../shared/data/student/student-mat.csv', import.meta.url));
test.skipIf(!existsSync(student))('a published file with semicolons opens as it is', async () => {
  const rows = await valuesOf(openSource(student));
  expect(rows.length).toBe(395);
  expect(rows[0]).toMatchObject({ school: 'GP', G3: '6' });
});
