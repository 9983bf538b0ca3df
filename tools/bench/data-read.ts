/**
 * Reading text files: megabytes per second of one core, beside csv-parse and papaparse alone and JSON.parse on lines.
 *
 *   pnpm --silent bench data-read [--json] [--rows 400000] [--stream 5]
 *
 * A census-like file: whole numbers, decimals, words, a remark that is quoted in one row of ten, in a temporary folder. `--stream` also reads so many gigabytes
 * of JSON Lines, made as they are read, through a shuffle buffer, and tells the largest memory. Medians of three rounds, readers in turn.
 */
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { integer, key, words } from '@polytask/base';
import { readCsv, readJsonl, shuffleBuffer, tableOf } from '@polytask/data';
import { parse } from 'csv-parse';
import Papa from 'papaparse';

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, rows: { type: 'string', default: '400000' }, stream: { type: 'string' } },
});

const folder = mkdtempSync(join(tmpdir(), 'polytask-read-'));
const [csv, jsonl] = [join(folder, 'census.csv'), join(folder, 'census.jsonl')];
const jobs = ['Tech-support', 'Craft-repair', 'Other-service', 'Sales', 'Exec-managerial', 'Prof-specialty'];

function write(count: number): void {
  const next = words(key(7));
  const lines = ['id,age,job,hours,gain,weight,remark,income'];
  const objects: string[] = [];
  for (let id = 0; id < count; id++) {
    const [age, job, hours] = [17 + integer(next, 70), jobs[integer(next, 6)]!, integer(next, 80)];
    const [gain, weight] = [(integer(next, 1e6) / 100).toFixed(2), integer(next, 1e6)];
    const remark = integer(next, 10) === 0 ? 'said "yes", once' : 'nothing to remark here';
    const income = integer(next, 100) < 6 ? '>50K' : '<=50K';
    const quoted = remark.includes(',') ? `"${remark.replaceAll('"', '""')}"` : remark;
    lines.push([id, age, job, hours, gain, weight, quoted, income].join(','));
    objects.push(JSON.stringify({ id, age, job, hours, gain: Number(gain), weight, remark, income }));
  }
  writeFileSync(csv, `${lines.join('\n')}\n`);
  writeFileSync(jsonl, `${objects.join('\n')}\n`);
}

async function drain(source: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of source) count++;
  return count;
}

const papaparse = () =>
  new Promise<void>((resolve, reject) => {
    Papa.parse(createReadStream(csv, 'utf8'), {
      header: true,
      step: () => {},
      complete: () => resolve(),
      error: reject,
    });
  });

const readers: readonly { name: string; file: string; read: () => Promise<unknown> }[] = [
  { name: 'CSV to typed columns: tableOf(readCsv)', file: csv, read: () => tableOf(readCsv(csv)) },
  { name: 'CSV to rows: readCsv', file: csv, read: () => drain(readCsv(csv)) },
  { name: 'CSV to rows: papaparse', file: csv, read: papaparse },
  {
    name: 'CSV to rows: csv-parse',
    file: csv,
    read: () => drain(createReadStream(csv).pipe(parse({ columns: true }))),
  },
  { name: 'JSON Lines to rows: readJsonl', file: jsonl, read: () => drain(readJsonl(jsonl)) },
  {
    name: 'JSON Lines: readline and JSON.parse',
    file: jsonl,
    read: async () => {
      for await (const line of createInterface({ input: createReadStream(jsonl) })) JSON.parse(line);
    },
  },
];

async function stream(gigabytes: number) {
  const block = readFileSync(jsonl);
  const blocks = Math.ceil((gigabytes * 1e9) / block.length);
  let largest = 0;
  async function* bytes() {
    for (let at = 0; at < blocks; at++) {
      for (let from = 0; from < block.length; from += 262144) yield block.subarray(from, from + 262144);
    }
  }
  const start = performance.now();
  let rows = 0;
  for await (const _ of shuffleBuffer(readJsonl(bytes()), { key: key(1), size: 10_000 })) {
    if (++rows % 100_000 === 0) largest = Math.max(largest, process.memoryUsage.rss() / 1e6);
  }
  return { gigabytes, rows, seconds: (performance.now() - start) / 1e3, largestMB: largest, startMB: before };
}

const before = process.memoryUsage.rss() / 1e6;
try {
  write(Number(flags.rows));
  const rates = new Map<string, number[]>(readers.map(({ name }) => [name, []]));
  for (let round = 0; round < 3; round++)
    for (const { name, file, read } of readers) {
      const start = performance.now();
      await read();
      rates.get(name)!.push(statSync(file).size / 1e3 / (performance.now() - start));
    }
  const table = [...rates].map(([name, list]) => ({ name, megabytesPerSecond: list.sort((a, b) => a - b)[1]! }));
  const streamed = flags.stream === undefined ? undefined : await stream(Number(flags.stream));
  if (flags.json) console.log(JSON.stringify({ table, streamed }));
  else {
    for (const { name, megabytesPerSecond } of table)
      console.log(`${name.padEnd(42)} ${megabytesPerSecond.toFixed(0).padStart(5)} MB/s`);
    if (streamed)
      console.log(
        `${streamed.gigabytes} GB of JSON Lines through a shuffle buffer of 10,000 rows: ${streamed.seconds.toFixed(0)} s, at most ${streamed.largestMB.toFixed(0)} MB`,
      );
  }
} finally {
  rmSync(folder, { recursive: true });
}
