import { fold, hostTensor, key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import type { Sound } from '../../audio/wav.ts';
import { decodeImage } from '../../image/decode-image.ts';
import { encodePng } from '../../image/encode-png.ts';
import { gain } from '../audio/gain.ts';
import { specAugment } from '../audio/spec-augment.ts';
import { augment } from '../augment.ts';
import { flip } from '../image/flip.ts';
import type { Picture } from '../image/picture.ts';
import { idSwap } from '../text/ids.ts';
import { tokenDropout } from '../text/token-dropout.ts';
import { tokenSwap } from '../text/token-swap.ts';
import { contactSheet } from './contact-sheet.ts';
import { previewRows } from './preview-rows.ts';
import { featurePicture, waveformPicture } from './sound-pictures.ts';

const flat = (height: number, width: number, ...colour: number[]): Picture =>
  hostTensor(
    'uint8',
    [height, width, colour.length],
    Array(height * width)
      .fill(colour)
      .flat(),
  );
const picture = (uri: string) => decodeImage(Uint8Array.from(Buffer.from(uri.split(',')[1]!, 'base64')));

describe('contactSheet', () => {
  const at = ({ shape, data }: Picture, row: number, column: number) => [
    ...data.subarray((row * shape[1]! + column) * 3, (row * shape[1]! + column) * 3 + 3),
  ];

  test('has originals on the left and what was made of them beside, on white', async () => {
    const red = flat(4, 4, 255, 0, 0);
    const half = hostTensor('float32', [2, 2, 1], new Float32Array(4).fill(0.5));
    const sheet = contactSheet([red, half], [[flat(1, 1, 0, 0, 255)], [half, red]], { cell: 8, gap: 2 });
    expect(sheet.shape).toEqual([2 + 2 * 10, 2 * 2 + 8 + 2 * 10 + 2, 3]);
    expect(at(sheet, 4, 4)).toEqual([255, 0, 0]);
    expect(at(sheet, 4, 10)).toEqual([255, 255, 255]);
    expect(at(sheet, 4, 14 + 4)).toEqual([0, 0, 255]);
    expect(at(sheet, 4, 24 + 4)).toEqual([255, 255, 255]); // no second one in the first row
    expect(at(sheet, 14, 4)).toEqual([128, 128, 128]);
    expect(at(sheet, 14, 24 + 4)).toEqual([255, 0, 0]);
    expect(await decodeImage(await encodePng(sheet))).toEqual(sheet);
  });

  test('shows nothing of nothing', () => {
    expect(contactSheet([], []).data.every((value) => value === 255)).toBe(true);
    const empty = contactSheet([flat(0, 0, 1)], [[]], { cell: 8 });
    expect(empty.data.every((value) => value === 255)).toBe(true);
  });

  test('refuses lists that do not go together, and sheets that nobody could open', () => {
    expect(() => contactSheet([flat(1, 1, 1)], [])).toThrow('augmented: expected 1 lists, one per original. Found 0.');
    expect(() => contactSheet([], [], { cell: 1 })).toThrow(/^cell: expected an integer from 8 to 2048. Found 1/);
    const many = Array(200).fill(flat(1, 1, 1));
    expect(() => contactSheet(many, Array(200).fill([]), { cell: 1000 })).toThrow(/at most 50000000 pixels/);
    expect(() => contactSheet([flat(1, 1, 1, 2, 3, 4, 5)], [[]])).toThrow(/1 to 4 channels. Found 5/);
  });
});

describe('pictures of sounds', () => {
  test('a waveform has its range in each column', () => {
    const { data, shape } = waveformPicture(
      { sampleRate: 8, channels: [Float32Array.of(1, 1, 1, 1, -1, 1, 0, 0)] },
      { height: 9, width: 8 },
    );
    const dark = (column: number) =>
      Array.from({ length: 9 }, (_, row) => row).filter((row) => data[row * 8 + column]! < 255);
    expect(shape).toEqual([9, 8, 1]);
    expect([dark(0), dark(4), dark(7)]).toEqual([[0], [8], [4]]);
  });

  test('features have their lowest band at the bottom, black at the least', () => {
    const { data, shape } = featurePicture(hostTensor('float32', [2, 3], [0, 1, 2, 3, 4, 5]));
    expect(shape).toEqual([3, 2, 1]);
    expect([...data]).toEqual([102, 255, 51, 204, 0, 153]);
    expect([...featurePicture(hostTensor('float32', [4, 1], [0, 2, 4, 6]), 2).data]).toEqual([0, 255]);
    expect([...featurePicture(hostTensor('float32', [1, 1], [7])).data]).toEqual([0]);
  });
});

describe('previewRows', () => {
  test('are JSON: an original and what each step makes of it, with the bytes that training would see', async () => {
    const image = hostTensor('uint8', [1, 2, 3], [10, 20, 30, 40, 50, 60]);
    const augmenter = augment([{ augmentation: flip(), probability: 0.01, unsafeFor: ['digit'] }]);
    const rows = await previewRows(
      [
        { id: 'a', value: image, labelled: [] },
        { id: 'b', value: image, labelled: ['digit'] },
      ],
      augmenter,
      { key: key(1) },
    );
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    const [first, second] = rows;
    const shown = first!.augmented[0]!.shown;
    if (first!.original.kind !== 'image' || shown?.kind !== 'image') return expect.unreachable();
    expect(await picture(first!.original.picture!)).toEqual(image);
    expect(await picture(shown.picture!)).toEqual(flip().apply(image, key(1)));
    expect(second!.augmented).toEqual([{ name: 'flip', copy: 0, shown: null, reason: 'It is not safe for digit.' }]);
  });

  test('show texts, cut to whole characters, as often as asked', async () => {
    const augmenter = augment([tokenDropout({ rate: 0.5 }), tokenSwap({ rate: 1 })]);
    const [row] = await previewRows([{ id: 'a', value: 'one two three four' }], augmenter, { key: key(1), copies: 3 });
    expect(row!.original).toEqual({ kind: 'text', text: 'one two three four', isCut: false });
    expect(row!.augmented.map(({ name, copy }) => `${name} ${copy}`)).toEqual(
      ['tokenDropout', 'tokenSwap'].flatMap((name) => [0, 1, 2].map((copy) => `${name} ${copy}`)),
    );
    expect(row!.augmented[4]!.shown).toEqual({ kind: 'text', text: 'two one four three', isCut: false });
    const own = augment([tokenDropout({ rate: 0.5 })]).apply('one two three four', fold(key(1), 2), { id: 'a' });
    expect(row!.augmented[2]!.shown).toMatchObject({ text: own });
    const [cut] = await previewRows([{ id: 'a', value: '🙂🙂🙂' }], augment<string>([]), {
      key: key(1),
      characters: 2,
    });
    expect(cut!.original).toEqual({ kind: 'text', text: '🙂🙂', isCut: true });
  });

  test('show sounds by their course and their log-mel features, features and ids', async () => {
    const sound: Sound = {
      sampleRate: 8000,
      channels: [Float32Array.from({ length: 4000 }, (_, at) => Math.sin(at / 3))],
    };
    const [row] = await previewRows([{ id: 's', value: sound }], augment([gain()]), { key: key(1), side: 32 });
    expect(row!.original).toMatchObject({ kind: 'sound', seconds: 0.5, sampleRate: 8000, channels: 1 });
    if (row!.original.kind !== 'sound') return expect.unreachable();
    expect((await picture(row!.original.waveform)).shape).toEqual([11, 64, 3]);
    expect((await picture(row!.original.logMel)).shape).toEqual([80, 51, 3]);
    const [empty] = await previewRows([{ id: 's', value: { sampleRate: 8000, channels: [] } }], augment([gain()]), {
      key: key(1),
    });
    expect(empty!.original).toMatchObject({ kind: 'sound', seconds: 0, channels: 0 });
    const features = hostTensor('float32', [3, 2], [0, 1, 2, 3, 4, 5]);
    const [mel] = await previewRows([{ id: 'f', value: features }], augment([specAugment()]), { key: key(1) });
    expect(mel!.original).toMatchObject({ kind: 'features', frames: 3, bands: 2 });
    const [list] = await previewRows([{ id: 'i', value: Int32Array.of(5, 6) }], augment([idSwap({ rate: 1 })]), {
      key: key(1),
    });
    expect(list!.augmented[0]!.shown).toEqual({ kind: 'ids', ids: [6, 5], isCut: false });
  });

  test('large images are made smaller, empty ones have no picture, and a step that fails says why', async () => {
    const options = { key: key(1), side: 8 };
    const [large] = await previewRows([{ id: 'l', value: flat(32, 16, 9, 9, 9) }], augment([flip()]), options);
    expect(large!.original).toMatchObject({ height: 32, width: 16 });
    if (large!.original.kind !== 'image') return expect.unreachable();
    expect((await picture(large!.original.picture!)).shape).toEqual([8, 4, 3]);
    const [none] = await previewRows([{ id: 'n', value: flat(0, 0, 1) }], augment([flip()]), options);
    expect(none!.original).toEqual({ kind: 'image', height: 0, width: 0, picture: null });
    const failing = augment([
      {
        ...gain(),
        apply: (): Sound => {
          throw new RangeError('too loud');
        },
      },
    ]);
    const [row] = await previewRows([{ id: 's', value: { sampleRate: 8000, channels: [] } }], failing, options);
    expect(row!.augmented[0]).toMatchObject({
      shown: null,
      reason: 'The example "s" cannot be augmented by gain: too loud',
    });
  });
});
