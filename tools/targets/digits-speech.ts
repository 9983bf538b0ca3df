/**
 * Trains on ../shared/data/digits-speech (600 recordings of a digit by one of six speakers), and compares the share of words that come out right of
 * the transcripts, and of speakers, with what they must be. Two of each speaker's ten takes of each digit (5 to 14) are held out. Skips, and says so,
 * where the data is not there.
 *
 *   npx tsx --conditions=@polytask/source tools/targets/digits-speech.ts [--seed 1] [--held-out 13,14]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defineRun, type RunDefinition, trainRun } from '@polytask/run';
import { reachedOrNot } from './reached.ts';

const data = fileURLToPath(new URL('../../../shared/data/digits-speech', import.meta.url));
const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

const { values: flags } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, 'held-out': { type: 'string', default: '13,14' } },
});
const heldOut = flags['held-out'].split(',');

if (!existsSync(data)) {
  console.log(`skipped: ${data} is not there`);
} else {
  const out = mkdtempSync(join(tmpdir(), 'polytask-digits-speech-'));
  try {
    const { test, seconds } = await trainRun(defineRun(fileOf(out)), { out });
    console.log(`trained in ${seconds.toFixed(0)} s`);
    reachedOrNot('digits-speech', [
      { name: 'word, accuracy of transcripts', reached: 1 - (test!.word!.metrics.wer ?? 1), least: 0.95 },
      { name: 'speaker, accuracy', reached: test!.speaker!.metrics.accuracy, least: 0.97 },
    ]);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function fileOf(folder: string): RunDefinition {
  const rows = readFileSync(join(data, 'index.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',') as [file: string, digit: string, speaker: string, take: string]);
  const table = (name: string, isHeldOut: boolean) => {
    const path = join(folder, `${name}.csv`);
    const lines = rows
      .filter(([, , , take]) => heldOut.includes(take) === isHeldOut)
      .map(([file, digit, speaker]) => [join(data, file), words[Number(digit)], speaker].join(','));
    writeFileSync(path, `file,word,speaker\n${lines.join('\n')}\n`);
    return path;
  };
  return {
    version: 1,
    name: 'digits-speech',
    seed: Number(flags.seed),
    split: { by: 'files', files: { train: table('train', false), test: table('test', true) } },
    inputs: {
      sound: {
        type: 'speech',
        column: 'file',
        // the shortest recordings have 14 frames: halved twice, "three" would have no path through what is left
        encoder: {
          type: 'crnn',
          features: 'whisper',
          bands: 80,
          filters: [32],
          units: 96,
          layers: 2,
          width: 64,
          dropout: 0.3,
        },
        augment: [
          { type: 'speed', factor: [0.93, 1.07] },
          { type: 'soundNoise', decibels: [10, 40], probability: 0.5 },
          { type: 'specAugment', frequencyMasks: 2, frequencyWidth: 10, timeMasks: 0, probability: 0.5 },
        ],
      },
    },
    tasks: {
      word: { type: 'transcribe', column: 'word', beam: 8, weight: 3 },
      speaker: { type: 'classify', column: 'speaker', dropout: 0.3 },
    },
    train: {
      epochs: 70,
      batch: 16,
      optimizer: { type: 'adam', learningRate: 2e-3 },
      schedule: { type: 'cosine' },
      clip: { globalNorm: 5 },
    },
  } as RunDefinition;
}
