import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outputFormat } from './texts-from.ts';
import { csvLine, fileWriter } from './writers.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytask-writers-'));
});
afterAll(() => rm(folder, { recursive: true }));

const topic = { label: 'sports', probability: 0.87654, probabilities: { sports: 0.87654, business: 0.12346 } };
const answers = [
  { text: 'He said "go", twice', result: { id: '1', tasks: { topic } } },
  { text: null, result: { id: 'row-2', problem: { code: 'E2201', message: 'Expected a text. Found nothing.' } } },
];

async function write(name: string) {
  const path = join(folder, name);
  {
    await using writer = await fileWriter(path, outputFormat(path), ['topic']);
    for (const answer of answers) await writer.write(answer);
  }
  return readFile(path, 'utf8');
}

it('writes CSV with a column per task and quotes as in RFC 4180', async () => {
  expect((await write('a.csv')).split('\n')).toEqual([
    'id,text,topic,topic probability,error',
    '1,"He said ""go"", twice",sports,0.8765,',
    'row-2,,,,E2201 Expected a text. Found nothing.',
    '',
  ]);
});

it('writes a JSON object per line, with the error of rows that could not be read', async () => {
  const lines = (await write('a.jsonl'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { id: '1', text: 'He said "go", twice', tasks: { topic } },
    { id: 'row-2', text: null, error: { code: 'E2201', message: 'Expected a text. Found nothing.' } },
  ]);
});

it('says which files it can write', () => {
  expect(() => outputFormat('a.parquet')).toThrow('E1023 a.parquet: Unknown type of output file. Allowed: jsonl, csv.');
});

it('reports a file that cannot be opened', async () => {
  await expect(fileWriter(folder, 'csv', [])).rejects.toMatchObject({ code: 'EISDIR' });
});

it('keeps line ends inside a field', () => {
  expect(csvLine(['a\nb', 'c'])).toBe('"a\nb",c');
});
