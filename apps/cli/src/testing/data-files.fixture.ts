import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const people = `id,age,job,bio,income
1,34,nurse,<p>likes tea &amp; rain</p>,low
2,,nurse,plain words,high
3,1 200,N/A,"a ""quoted"" one, too",low
4,28.0,cook,plain words,high
5,31,cook,=1+1,low
5,31,cook,=1+1,low
`;

// forty letters of ten senders, two of them again under other ids; one row lacks a field
const words = ['parcel', 'invoice', 'garden', 'window', 'bridge', 'summer', 'letter'];
const letters = Array.from({ length: 40 }, (_, at) => {
  const text = [0, 1, 3].map((step) => words[(at * (step + 2) + Math.floor(at / 7) * step) % 7]).join(' ');
  return [
    `m${at}`,
    `<b>${text} ${at * 7919}</b>`,
    ['spam', 'ham'][at % 2]!,
    at % 5 === 0 ? '' : ['urgent', 'later'][Math.floor(at / 2) % 2]!,
    `S-${10 + Math.floor(at / 4)}`,
  ];
});
export const mail = [
  ['id', 'text', 'kind', 'pace', 'sender'],
  ...letters,
  ['m40', letters[0]![1]!, ...letters[0]!.slice(2)],
  ['m41', letters[1]![1]!, ...letters[1]!.slice(2)],
  ['broken', 'row'],
];

const runFile = `version: 1
name: mail
seed: 3
data:
  source: mail.csv
  id: id
  bad: { maxFraction: 0.1 }
  clean:
    - { type: cleanText, columns: [text] }
    - { type: fillMissing, by: mode, columns: [pace] }
    - { type: dropDuplicateRows, columns: [text] }
split: { by: random, fractions: [0.6, 0.2, 0.2] }
inputs: { text: { type: text, column: text, encoder: { type: ngrams, buckets: 256, width: 8 } } }
tasks:
  kind: { type: classify, column: kind }
  pace: { type: classify, column: pace }
train: { epochs: 1, batch: 8 }
device: onnx
`;

/** A folder with a table of people, and a run on letters in the folder `mail`. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'polytask-data-'));
  await writeFile(join(folder, 'people.csv'), people);
  await mkdir(join(folder, 'mail'));
  await writeFile(join(folder, 'mail', 'mail.csv'), mail.map((cells) => cells.join(',')).join('\n'));
  await writeFile(join(folder, 'mail', 'run.yaml'), runFile);
  return folder;
}
