import { fold, hostTensor, key, PolytaskError } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sound } from '../audio/wav.ts';
import { gain } from './audio/gain.ts';
import { soundNoise } from './audio/sound-noise.ts';
import { specAugment } from './audio/spec-augment.ts';
import { speed } from './audio/speed.ts';
import { timeShift } from './audio/time-shift.ts';
import { augment } from './augment.ts';
import { type Aspect, type Augmentation, aspects } from './augmentation.ts';
import { blur } from './image/blur.ts';
import { colourJitter } from './image/colour-jitter.ts';
import { cutout } from './image/cutout.ts';
import { flip } from './image/flip.ts';
import type { Picture } from './image/picture.ts';
import { pixelNoise, saltAndPepper } from './image/pixel-noise.ts';
import { randomCrop } from './image/random-crop.ts';
import { rescale } from './image/rescale.ts';
import { rotate } from './image/rotate.ts';
import { shear } from './image/shear.ts';
import { translate } from './image/translate.ts';
import { requireSafe, safeFor, unsafeTasks } from './safety.ts';
import { columnNoise } from './tabular/column-noise.ts';
import { idDropout, idSwap } from './text/ids.ts';
import { idMask } from './text/mask-ids.ts';
import { textTokens } from './text/text-tokens.ts';
import { tokenDropout } from './text/token-dropout.ts';
import { tokenMask } from './text/token-mask.ts';
import { tokenSwap } from './text/token-swap.ts';
import { typoNoise } from './text/typo-noise.ts';

const ids = fc.integer({ min: 0, max: 2 ** 31 }).map((seed) => key(seed));
const images: fc.Arbitrary<Picture> = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 4 }), fc.boolean())
  .chain(([height, width, channels, isByte]) =>
    fc
      .array(fc.integer({ min: 0, max: 255 }), {
        minLength: height * width * channels,
        maxLength: height * width * channels,
      })
      .map((values) =>
        isByte
          ? hostTensor('uint8', [height, width, channels], values)
          : hostTensor(
              'float32',
              [height, width, channels],
              values.map((value) => value / 255),
            ),
      ),
  );
const sounds: fc.Arbitrary<Sound> = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 }), fc.constantFrom(8000, 16000))
  .chain(([length, count, sampleRate]) =>
    fc
      .array(
        fc
          .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length })
          .map((values) => Float32Array.from(values)),
        { minLength: count, maxLength: count },
      )
      .map((channels) => ({ sampleRate, channels })),
  );
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.constantFrom('a', 'Word', '北京', '，', ' ', '\n', 'né', '!', '🙂', 'e\u0301'), { maxLength: 20 })
    .map((all) => all.join('')),
);
const idLists = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 30 }).map((list) => Int32Array.from(list));
const features = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 8 })).map(([frames, bands]) =>
  hostTensor(
    'float32',
    [frames, bands],
    Float32Array.from({ length: frames * bands }, (_, at) => Math.sin(at)),
  ),
);
const rows = fc.record({
  age: fc.option(fc.double({ min: -1e3, max: 1e3, noNaN: true })),
  size: fc.oneof(fc.constant(Number.NaN), fc.integer()),
  town: fc.option(fc.string()),
});

const onImages: readonly Augmentation<Picture>[] = [
  rotate({ degrees: [-180, 180] }),
  flip(),
  flip({ axis: 'vertical' }),
  randomCrop(),
  rescale(),
  translate(),
  shear({ vertical: [-20, 20], fill: 'edge' }),
  colourJitter({ hue: 0.5 }),
  blur(),
  pixelNoise({ deviation: 0.5 }),
  saltAndPepper({ rate: 0.3 }),
  cutout({ count: 2, fill: 0.5 }),
];
const onTexts: readonly Augmentation<string>[] = [
  tokenDropout({ rate: 0.5 }),
  tokenSwap({ rate: 0.5, distance: 3 }),
  tokenMask({ rate: 0.5 }),
  typoNoise({ rate: 0.5 }),
];
const onIds: readonly Augmentation<Int32Array>[] = [
  idDropout({ rate: 0.5, special: [1, 2] }),
  idSwap({ rate: 0.5, special: [1, 2] }),
  idMask({ mask: 3, vocabulary: 31, rate: 0.5, special: [1, 2], continuing: [7, 8] }),
];
const onSounds: readonly Augmentation<Sound>[] = [
  soundNoise(),
  soundNoise({ noise: { name: 'click', sound: { sampleRate: 8000, channels: [Float32Array.of(1, 0, 0)] } } }),
  gain(),
  timeShift({ seconds: [-0.01, 0.01] }),
  timeShift({ seconds: [-0.01, 0.01], round: true }),
  speed(),
];

type Case = readonly [name: string, values: fc.Arbitrary<unknown>, augmentation: Augmentation<unknown>];
const casesOf = <Value>(values: fc.Arbitrary<Value>, augmentations: readonly Augmentation<Value>[]): Case[] =>
  augmentations.map((augmentation) => [
    `${augmentation.name} ${JSON.stringify(augmentation.options)}`,
    values,
    augmentation as Augmentation<unknown>,
  ]);
const cases = [
  ...casesOf(images, onImages),
  ...casesOf(texts, onTexts),
  ...casesOf(idLists, onIds),
  ...casesOf(sounds, onSounds),
  ...casesOf(features, [specAugment(), specAugment({ timeWarp: 3, fill: 'zero' })]),
  ...casesOf(rows, [columnNoise({ deviations: { age: 2, size: 10, missing: 1 } })]),
];

describe.each(cases)('%s', (_, values, augmentation) => {
  test('gives the same bytes for the same key, and changes nothing in place', () => {
    fc.assert(
      fc.property(values, ids, (value, key) => {
        const before = structuredClone(value);
        const once = augmentation.apply(value, key);
        expect(value).toEqual(before);
        expect(augmentation.apply(value, key)).toEqual(once);
        expect(augmentation.apply(structuredClone(value), key)).toEqual(once);
      }),
      { numRuns: 60 },
    );
  });

  test('declares aspects that there are, and options that are JSON', () => {
    expect(augmentation.touches.length).toBeGreaterThan(0);
    for (const aspect of augmentation.touches) expect(aspects).toContain(aspect);
    expect(JSON.parse(JSON.stringify(augmentation.options))).toEqual(augmentation.options);
  });

  test('changes something, with some key', () => {
    const changes = fc.sample(fc.tuple(values, ids), { numRuns: 200, seed: 1 }).some(([value, key]) => {
      return JSON.stringify(augmentation.apply(value, key)) !== JSON.stringify(value);
    });
    expect(changes).toBe(true);
  });
});

describe.each(casesOf(images, onImages))('%s', (_, values, augmentation) => {
  test('keeps kind, shape and range of an image', () => {
    fc.assert(
      fc.property(values, ids, (value, key) => {
        const { dtype, shape, data } = augmentation.apply(value, key) as Picture;
        expect([dtype, shape]).toEqual([(value as Picture).dtype, (value as Picture).shape]);
        const white = dtype === 'uint8' ? 255 : 1 + 1e-6;
        expect(data.every((one) => one >= -1e-6 && one <= white)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is declared is true', () => {
  const shown: readonly Aspect[] = ['colour', 'brightness', 'sharpness'];

  test('an image of one colour stays as it is unless colour, brightness, sharpness or detail are touched', () => {
    const plain = hostTensor('uint8', [7, 5, 3], new Uint8Array(105).fill(90));
    const still = [
      ...onImages,
      rotate({ degrees: 33, fill: 'edge' }),
      shear({ fill: 'edge' }),
      translate({ fill: 'edge' }),
      rescale({ fill: 'edge' }),
    ].filter(({ touches, options }) => !touches.some((one) => shown.includes(one)) && options.fill === 'edge');
    expect(still.length).toBeGreaterThanOrEqual(4);
    for (const augmentation of [...still, flip(), randomCrop(), blur()])
      expect(augmentation.apply(plain, key(3)).data).toEqual(plain.data);
  });

  test('pixels stay where they are unless position or detail are touched: an image of black and white blocks keeps its sides', () => {
    const halves = hostTensor(
      'uint8',
      [8, 8, 1],
      Uint8Array.from({ length: 64 }, (_, at) => (at % 8 < 4 ? 40 : 200)),
    );
    for (const augmentation of onImages.filter(
      ({ touches }) => !touches.includes('position') && !touches.includes('detail'),
    )) {
      const { data } = augmentation.apply(halves, key(5));
      const mean = (from: number) =>
        [...data].filter((_, at) => at % 8 >= from && at % 8 < from + 4).reduce((sum, value) => sum + value, 0) / 32;
      expect(mean(0), augmentation.name).toBeLessThan(mean(4));
    }
  });

  test('words keep their order, their spelling and their number unless that is touched', () => {
    const text = 'One two, three four five six seven eight nine ten.';
    const given = textTokens(text).tokens;
    for (const augmentation of onTexts) {
      for (let seed = 0; seed < 20; seed++) {
        const words = textTokens(augmentation.apply(text, key(seed)).replaceAll('[MASK]', ' ')).tokens;
        const touches = (aspect: Aspect) => augmentation.touches.includes(aspect);
        if (!touches('spelling')) expect(words.every((word) => given.includes(word))).toBe(true);
        if (!touches('detail')) expect(words).toHaveLength(given.length);
        if (!touches('wordOrder') && !touches('spelling'))
          expect(words.map((word) => given.indexOf(word))).toEqual(
            words.map((word) => given.indexOf(word)).toSorted((a, b) => a - b),
          );
      }
    }
  });

  test('options decide: a jitter of brightness alone does not touch colours', () => {
    expect(colourJitter({ saturation: 0 }).touches).toEqual(['brightness']);
    expect(colourJitter({ brightness: 0, contrast: 0, hue: 0.1 }).touches).toEqual(['colour']);
    expect(flip().touches).not.toContain('orientation');
  });
});

describe('augment', () => {
  const noise = [rotate(), pixelNoise({ deviation: 0.2 }), { augmentation: flip(), probability: 0.5 }];
  const image = hostTensor(
    'uint8',
    [4, 4, 1],
    Uint8Array.from({ length: 16 }, (_, at) => at * 16),
  );

  test('an example comes out the same whatever came before it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 8 }), ids, (names, key) => {
        const each = (order: readonly string[]) => {
          const { apply } = augment(noise);
          return new Map(order.map((id) => [id, apply(image, key, { id })]));
        };
        const [forth, back] = [each(names), each([...names].reverse())];
        for (const id of names) expect(back.get(id)).toEqual(forth.get(id));
      }),
      { numRuns: 40 },
    );
  });

  test('other ids and other keys give other changes', () => {
    const { apply } = augment([pixelNoise({ deviation: 0.2 })]);
    const first = apply(image, key(1), { id: 'a' });
    expect(apply(image, key(1), { id: 'b' })).not.toEqual(first);
    expect(apply(image, fold(key(1), 1), { id: 'a' })).not.toEqual(first);
  });

  test('a step at the end does not change what those before it do', () => {
    const id = { id: 'a' };
    const alone = augment([pixelNoise()]).apply(image, key(1), id);
    expect(augment([pixelNoise(), flip()]).apply(image, key(1), id)).toEqual(flip().apply(alone, key(0)));
  });

  test('applies a step to its share of the examples', () => {
    const { apply } = augment([{ augmentation: flip(), probability: 0.3 }]);
    const changed = Array.from({ length: 2000 }, (_, id) => apply(image, key(1), { id: `${id}` })).filter(
      ({ data }) => data[0] !== image.data[0],
    );
    expect(changed.length / 2000).toBeGreaterThan(0.27);
    expect(changed.length / 2000).toBeLessThan(0.33);
  });

  test('refuses what touches something that a task reads, naming task and augmentation, every pair', () => {
    const tasks = { digit: ['handedness', 'orientation'], style: ['colour'], other: [] } as const;
    try {
      augment([flip(), colourJitter(), blur()], { tasks });
      expect.unreachable();
    } catch (error) {
      if (!PolytaskError.is(error)) throw error;
      expect([error.kind, error.problems.map(({ code, path }) => [code, path])]).toEqual([
        'usage',
        [
          ['E2470', 'tasks.digit'],
          ['E2470', 'tasks.style'],
        ],
      ]);
      expect(error.message).toContain('"flip" changes what the task "digit" reads: handedness');
      expect(error.message).toContain('"colourJitter" changes what the task "style" reads: colour');
    }
    expect(() => augment([speed()], { tasks: { emotion: ['tempo', 'pitch'] } })).toThrow(/"speed".*"emotion"/s);
    expect(() => augment([gain()], { tasks: { emotion: ['tempo', 'pitch'] } })).not.toThrow();
  });

  test('leaves examples alone that have a label of an unsafe task, where it is told to', () => {
    const tasks = { digit: ['handedness'] } as const;
    const named = augment([{ augmentation: flip(), unsafeFor: ['digit'] }], { tasks });
    const skipping = augment([flip()], { tasks, unsafe: 'skip' });
    for (const { apply, steps } of [named, skipping]) {
      expect(steps[0]).toEqual({ name: 'flip', options: { axis: 'horizontal' }, probability: 1, unsafeFor: ['digit'] });
      expect(apply(image, key(1), { id: 'a', labelled: ['digit', 'style'] })).toBe(image);
      expect(apply(image, key(1), { id: 'a' })).toBe(image);
      expect(apply(image, key(1), { id: 'a', labelled: ['style'] })).not.toEqual(image);
    }
  });

  test('tells which tasks are safe', () => {
    expect(safeFor(flip(), ['colour'])).toBe(true);
    expect(safeFor(flip(), ['colour', 'handedness'])).toBe(false);
    expect(unsafeTasks(flip(), { digit: ['handedness'], style: ['colour'] })).toEqual(['digit']);
    expect(() => requireSafe([{ ...flip(), unsafeFor: ['digit'] }], { digit: ['handedness'] })).not.toThrow();
    expect(() => augment([flip()], { tasks: { digit: ['handednes' as Aspect] }, unsafe: 'skip' })).toThrow(
      /tasks.digit: expected aspects among orientation.*Found "handednes"/,
    );
  });

  test('says which example cannot be augmented by what', () => {
    const broken = hostTensor('float32', [1, 1, 1], Float32Array.of(Number.NaN));
    const attempt = () => augment([blur()]).apply(broken, key(1), { id: 'cat.png' });
    expect(attempt).toThrow(/E2471 The example "cat.png" cannot be augmented by blur: .*Found NaN at 0/);
  });

  test.each([-0.1, 1.1, Number.NaN])('refuses a probability of %s', (probability) => {
    expect(() => augment([{ augmentation: flip(), probability }])).toThrow(
      /flip.probability: expected a number from 0 to 1/,
    );
  });
});

describe('absurd options', () => {
  const nan = Number.NaN;
  const absurd: readonly [string, () => unknown][] = [
    ['degrees', () => rotate({ degrees: [10, -10] })],
    ['degrees', () => rotate({ degrees: nan })],
    ['degrees', () => rotate({ degrees: [1, 2, 3] as never })],
    ['degrees', () => rotate({ degrees: '90' as never })],
    ['fill', () => rotate({ fill: 2 })],
    ['fill', () => warped('black' as never)],
    ['axis', () => flip({ axis: 'diagonal' as never })],
    ['horizontal', () => shear({ horizontal: 90 })],
    ['down', () => translate({ down: 1.5 })],
    ['unit', () => translate({ unit: 'inches' as never })],
    ['factor', () => rescale({ factor: 0 })],
    ['area', () => randomCrop({ area: [0, 1] })],
    ['ratio', () => randomCrop({ ratio: -1 })],
    ['brightness', () => colourJitter({ brightness: 1.5 })],
    ['hue', () => colourJitter({ hue: 0.6 })],
    ['sigma', () => blur({ sigma: 1e9 })],
    ['deviation', () => pixelNoise({ deviation: -1 })],
    ['rate', () => saltAndPepper({ rate: nan })],
    ['count', () => cutout({ count: 0.5 })],
    ['side', () => cutout({ side: 1e9 })],
    ['decibels', () => soundNoise({ decibels: Number.POSITIVE_INFINITY })],
    ['noise', () => soundNoise({ noise: { name: 'none', sound: { sampleRate: 8000, channels: [] } } })],
    ['decibels', () => gain({ decibels: 1e9 })],
    ['seconds', () => timeShift({ seconds: nan })],
    ['factor', () => speed({ factor: 0 })],
    ['timeMasks', () => specAugment({ timeMasks: -1 })],
    ['timeShare', () => specAugment({ timeShare: 2 })],
    ['fill', () => specAugment({ fill: 'max' as never })],
    ['rate', () => tokenDropout({ rate: 2 })],
    ['distance', () => tokenSwap({ distance: 0 })],
    ['mask', () => tokenMask({ mask: '' })],
    ['rate', () => typoNoise({ rate: -1 })],
    ['special', () => idDropout({ special: [-1] })],
    ['distance', () => idSwap({ distance: 1.5 })],
    ['mask', () => idMask({ mask: 5, vocabulary: 5 })],
    ['vocabulary', () => idMask({ mask: 0, vocabulary: 0 })],
    ['masked and random', () => idMask({ mask: 0, vocabulary: 5, masked: 0.9, random: 0.2 })],
    ['scale', () => columnNoise({ deviations: {}, scale: -1 })],
    ['deviations.age', () => columnNoise({ deviations: { age: nan } })],
  ];
  const warped = (fill: never) => rotate({ fill });

  test.each(absurd)('%s is refused with what was expected: %s', (name, make) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(new RegExp(`^${name.replaceAll('.', '\\.')}: expected `));
  });
});
