/**
 * Features of texts and sounds on one core: WordPiece in megabytes of text per second, log-mel front ends in times real time.
 *
 *   pnpm --silent bench features [--json]
 *
 * The headlines of `examples/news`, with a vocabulary of 8,000 learnt from them, over and over; and a minute of a tone with noise. Medians of five rounds, no peer.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { key, normal } from '@polytask/base';
import { learnWordPiece, logMel, wordPiece } from '@polytask/data';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' } } });

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
const timed = (run: () => unknown): number => {
  run();
  return median(
    Array.from({ length: 5 }, () => {
      const start = performance.now();
      run();
      return (performance.now() - start) / 1000;
    }),
  );
};

const file = new URL('../../examples/news/headlines.jsonl', import.meta.url);
const texts = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { text: string }).text);
const tokenizer = wordPiece(learnWordPiece(texts, { size: 8000 }));
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
const rounds = 10;
const seconds = timed(() => {
  for (let round = 0; round < rounds; round++) for (const text of texts) tokenizer.encode(text);
});
const noise = normal(key(7), 60 * 16000);
const minute = Float32Array.from(noise, (value, at) => 0.3 * Math.sin(at * 0.1) + 0.01 * value);
const results = [
  { what: 'WordPiece', value: (rounds * megabytes) / seconds, unit: 'MB/s' },
  ...(['whisper', 'kaldi', 'htk'] as const).map((type) => ({
    what: `log-mel ${type}`,
    value: 60 / timed(() => logMel(minute, { type })),
    unit: '× real time',
  })),
];

if (flags.json) console.log(JSON.stringify(results));
else
  for (const { what, value, unit } of results)
    console.log(`${what.padEnd(20)} ${value.toFixed(value < 100 ? 1 : 0).padStart(6)} ${unit}`);
