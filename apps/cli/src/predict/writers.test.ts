import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outputFormat } from './texts-from.ts';
import { csvLine, fileWriter, formOf } from './writers.ts';

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
    await using writer = await fileWriter(path, outputFormat(path), { input: 'text', tasks: { topic: 'probability' } });
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

it('has columns for what tasks say, and for texts and files, but not for rows', async () => {
  const config = (type: string, tasks: object) => ({ inputs: { one: { type } }, tasks }) as never;
  const tasks = {
    price: { type: 'regress', loss: 'gaussian' },
    size: { type: 'regress', loss: 'squared' },
    genres: { type: 'multiLabel' },
    mood: { type: 'ordinal' },
  };
  expect(['text', 'image', 'speech', 'table'].map((type) => formOf(config(type, {})).input)).toEqual([
    'text',
    'file',
    'file',
    undefined,
  ]);
  const path = join(folder, 'rows.csv');
  {
    await using writer = await fileWriter(path, 'csv', formOf(config('table', tasks)));
    const low = { label: 'low', probability: 0.5, probabilities: { low: 0.5 } };
    const genres = { labels: ['a', 'b'], probabilities: {} };
    await writer.write({
      text: 'GP',
      result: { id: 'row-1', tasks: { price: { value: 2, deviation: 0.5 }, size: { value: 3 }, genres, mood: low } },
    });
    const none = { labels: [], probabilities: {} };
    await writer.write({
      text: 'GP',
      result: {
        id: 'row-3',
        tasks: { price: { value: 2, deviation: 0.5 }, size: { value: 3 }, genres: none, mood: low },
      },
    });
    await writer.write({ text: 'GP', result: { id: 'row-2', problem: { code: 'E1', message: 'None.' } } });
  }
  expect((await readFile(path, 'utf8')).split('\n')).toEqual([
    'id,price,price deviation,size,genres,mood,mood probability,error',
    'row-1,2,0.5,3,"a, b",low,0.5000,',
    'row-3,2,0.5,3,,low,0.5000,',
    'row-2,,,,,,,E1 None.',
    '',
  ]);
});

it('says which files it can write', () => {
  expect(() => outputFormat('a.parquet')).toThrow('E1023 a.parquet: Unknown type of output file. Allowed: jsonl, csv.');
});

it('reports a file that cannot be opened', async () => {
  await expect(fileWriter(folder, 'csv', { input: 'text', tasks: {} })).rejects.toMatchObject({ code: 'EISDIR' });
});

it('keeps line ends inside a field', () => {
  expect(csvLine(['a\nb', 'c'])).toBe('"a\nb",c');
});
