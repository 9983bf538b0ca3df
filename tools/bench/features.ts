/**
 * Features of texts, sounds and images on one core: WordPiece in megabytes of text per second, log-mel front ends in times real time, JPEG files of
 * 224 × 224 pixels per second; beside the Python libraries for them, in the same run.
 *
 *   pnpm --silent bench features [--json] [--python PYTHON]
 *
 * The headlines of `examples/news`, with a vocabulary of 8,000 learnt from them, over and over; a minute of a tone with noise; a picture of waves and
 * noise. Medians of five rounds. The peers (tokenizers, librosa, Pillow) are measured where PYTHON has them, and else it says so.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { key, normal } from '@polytask/base';
import { decodeImage, learnWordPiece, logMel, wordPiece } from '@polytask/data';
import jpeg from 'jpeg-js';
import { fromPython } from '../lib/python.ts';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' }, python: { type: 'string' } } });

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
const timed = async (run: () => unknown): Promise<number> => {
  await run();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await run();
    times.push((performance.now() - start) / 1000);
  }
  return median(times);
};

const file = new URL('../../examples/news/headlines.jsonl', import.meta.url);
const texts = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { text: string }).text);
const vocabulary = learnWordPiece(texts, { size: 8000 });
const tokenizer = wordPiece(vocabulary);
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
const rounds = 10;
const seconds = await timed(() => {
  for (let round = 0; round < rounds; round++) for (const text of texts) tokenizer.encode(text);
});
const noise = normal(key(7), 60 * 16000);
const minute = Float32Array.from(noise, (value, at) => 0.3 * Math.sin(at * 0.1) + 0.01 * value);
const picture = Buffer.alloc(224 * 224 * 4, 255);
for (let at = 0; at < 224 * 224; at++) {
  const [x, y] = [at % 224, Math.floor(at / 224)];
  for (let channel = 0; channel < 3; channel++)
    picture[4 * at + channel] =
      128 + 80 * Math.sin(x / (9 + channel)) * Math.cos(y / 13) + 12 * noise[3 * at + channel]!;
}
const file224 = jpeg.encode({ width: 224, height: 224, data: picture }, 90).data;
const decoding = async (decoder: 'js' | 'sharp') => {
  const images = 20;
  const took = await timed(async () => {
    for (let image = 0; image < images; image++) await decodeImage(file224, { decoder });
  });
  return images / took;
};

const folder = mkdtempSync(join(tmpdir(), 'polytask-features-'));
const at = (name: string) => join(folder, name);
writeFileSync(at('tokenizer.json'), JSON.stringify(vocabulary));
writeFileSync(at('sound.f32'), new Uint8Array(minute.buffer));
writeFileSync(at('image.jpg'), file224);
type Peer = { readonly value: number; readonly of: string } | string;
const peers = fromPython<Record<string, Peer>>(flags.python, new URL('./features-peer.py', import.meta.url), {
  texts: fileURLToPath(file),
  tokenizer: at('tokenizer.json'),
  sound: at('sound.f32'),
  image: at('image.jpg'),
  rounds,
});
rmSync(folder, { recursive: true });
const peerOf = (name: string): Peer => (typeof peers === 'string' ? peers : (peers[name] ?? 'skipped'));

const all: { readonly what: string; readonly value: number; readonly unit: string; readonly peer: Peer }[] = [
  { what: 'WordPiece', value: (rounds * megabytes) / seconds, unit: 'MB/s', peer: peerOf('WordPiece') },
];
for (const type of ['whisper', 'kaldi', 'htk'] as const)
  all.push({
    what: `log-mel ${type}`,
    value: 60 / (await timed(() => logMel(minute, { type }))),
    unit: '× real time',
    peer: peerOf('log-mel'),
  });
for (const decoder of ['sharp', 'js'] as const)
  all.push({ what: `JPEG 224², ${decoder}`, value: await decoding(decoder), unit: 'per second', peer: peerOf('JPEG') });

if (flags.json) console.log(JSON.stringify(all));
else
  for (const { what, value, unit, peer } of all) {
    const beside =
      typeof peer === 'string' ? peer : `${peer.value.toFixed(1)} by ${peer.of}: ${(value / peer.value).toFixed(2)} ×`;
    console.log(`${what.padEnd(20)} ${value.toFixed(value < 100 ? 1 : 0).padStart(6)} ${unit.padEnd(12)} ${beside}`);
  }
