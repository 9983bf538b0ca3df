import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fold, hostTensor, key, uniform } from '@polytask/base';
import { decodeImage, encodePng, encodeWav } from '@polytask/data';
import { defineRun, trainRun } from '@polytask/run';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastLine, polytask } from '../testing/polytask.ts';

const folder = mkdtempSync(join(tmpdir(), 'polytask-media-'));
afterAll(() => rmSync(folder, { recursive: true }));
const run = (...words: readonly string[]) => polytask(words, { cwd: folder });

beforeAll(async () => {
  for (const label of ['cat', 'dog']) mkdirSync(join(folder, 'pets', label), { recursive: true });
  mkdirSync(join(folder, 'sounds'));
  const rows = ['file,word'];
  for (let at = 0; at < 24; at++) {
    const pixels = Uint8Array.from(uniform(fold(key(1), at), 8 * 8 * 3), (value) => value * 255);
    // one image of one colour
    const png = await encodePng(hostTensor('uint8', [8, 8, 3], at === 3 ? pixels.fill(9) : pixels));
    writeFileSync(join(folder, 'pets', at % 2 ? 'dog' : 'cat', `${at}.png`), png);
    const tone = Float32Array.from({ length: 4000 }, (_, time) => 0.3 * Math.sin(time * (at % 2 ? 0.1 : 0.4)));
    writeFileSync(join(folder, 'sounds', `${at}.wav`), encodeWav({ sampleRate: 16000, channels: [tone] }));
    rows.push(`${at}.wav,${at % 2 ? 'low' : 'high'}`);
  }
  writeFileSync(join(folder, 'sounds', 'words.csv'), rows.join('\n'));
});

it('images: init writes a run file that checks and reports, and preview shows what augmentation makes of them', async () => {
  expect(await run('init', 'made', '--data', 'pets')).toMatchObject({ code: 0 });
  const checked = await run('check', 'made/run.yaml');
  expect(checked).toMatchObject({ code: 0 });
  expect(checked.out + checked.err).toContain('E2242'); // the image of one colour
  const quarantined = await run(
    'check',
    'made/run.yaml',
    '--set',
    'inputs.image.useless=bad',
    '--set',
    'data.bad.maxFraction=0.1',
    '--json',
  );
  expect(lastLine(quarantined)).toMatchObject({ rows: 24, quarantined: 1 });
  const preview = await run('data', 'preview', 'made/run.yaml', '--out', 'preview', '--rows', '4', '--json');
  const { augmented } = lastLine<{ augmented: { original: { kind: string } }[] }>(preview);
  expect(augmented.map(({ original }) => original.kind)).toEqual(augmented.map(() => 'image'));
  const sheet = await decodeImage(readFileSync(join(folder, 'preview', 'contact-sheet.png')));
  expect(sheet.shape[0]).toBe(4 + augmented.length * 100);
  const report = await run('data', 'report', 'made/run.yaml', '--out', 'report.html', '--json');
  expect(report).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('dog');
});

it('sounds: init takes paths of WAV files, and preview shows masked features', async () => {
  expect(await run('init', 'spoken', '--data', 'sounds/words.csv')).toMatchObject({ code: 0 });
  const preview = await run(
    ...['data', 'preview', 'spoken/run.yaml', '--out', 'heard', '--rows', '3', '--json'],
    ...['--set', 'inputs.sound.augment=[{ type: gain }, { type: specAugment }]'],
  );
  expect(preview).toMatchObject({ code: 0 });
  const { augmented } = lastLine<{ augmented: { original: { kind: string } }[] }>(preview);
  expect(new Set(augmented.map(({ original }) => original.kind))).toEqual(new Set(['sound', 'features']));
  expect(readFileSync(join(folder, 'heard', 'preview.html'), 'utf8')).toContain('specAugment');
  // a path that is relative leads elsewhere from another folder
  const split = await run('data', 'split', 'spoken/run.yaml', '--out', 'parts');
  expect(split.out).toContain('Paths in file start at the folder of the data');
  expect((await run('data', 'split', 'spoken/run.yaml', '--out', 'sounds')).out).not.toContain('Paths in file');
});

it('images and sounds are predicted from files and folders, and a page says why', async () => {
  const trained = async (source: string, input: object, task: object) => {
    const file = {
      version: 1,
      name: 'media',
      seed: 1,
      data: { source: join(folder, source) },
      split: { by: 'random', fractions: [0.6, 0.2, 0.2] },
      inputs: { media: input },
      tasks: { kind: task },
      train: { epochs: 1, batch: 8 },
      threads: 1,
    };
    return (await trainRun(defineRun(file as never), { out: join(folder, 'runs') })).folder;
  };
  const cnn = { type: 'image', column: 'path', size: 8, encoder: { type: 'cnn', filters: [4], units: 4 } };
  const pets = await trained('pets', cnn, { type: 'classify', column: 'label' });
  const predicted = await run('predict', pets, 'pets/cat/0.png', 'pets/dog', '--explain', 'why.html');
  expect(predicted).toMatchObject({ code: 0 });
  expect(predicted.out.match(/^(cat|dog) .*png$/gm)).toHaveLength(1 + 12);
  expect(predicted.out).toContain('Wrote why.html: why, for 13 inputs.');
  const page = readFileSync(join(folder, 'why.html'), 'utf8');
  expect(page.match(/<section /g)).toHaveLength(13);
  expect(page).toContain('pets/cat/0.png');
  expect(page.match(/<rect /g)).toHaveLength(13 * 64);

  const crnn = { type: 'crnn', bands: 16, filters: [4], units: 8, width: 8 };
  const sound = { type: 'speech', column: 'file', encoder: crnn };
  const spoken = await trained('sounds/words.csv', sound, { type: 'transcribe', column: 'word' });
  const heard = await run('predict', spoken, 'sounds', '--json', '--explain', 'heard.html');
  expect(heard).toMatchObject({ code: 0 });
  expect(heard.out.trim().split('\n')).toHaveLength(24);
  expect(readFileSync(join(folder, 'heard.html'), 'utf8').match(/<path class="blank"/g)).toHaveLength(20);
});
