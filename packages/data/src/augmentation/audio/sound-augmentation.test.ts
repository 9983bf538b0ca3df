import { hostTensor, key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sound } from '../../audio/wav.ts';
import { gain } from './gain.ts';
import { soundNoise } from './sound-noise.ts';
import { powerOf } from './sounds.ts';
import { specAugment } from './spec-augment.ts';
import { speed } from './speed.ts';
import { timeShift } from './time-shift.ts';

const k = key(1);
const sound = (sampleRate: number, ...channels: (readonly number[])[]): Sound => ({
  sampleRate,
  channels: channels.map((channel) => Float32Array.from(channel)),
});
const tone = (hertz: number, length = 4000, sampleRate = 8000): number[] =>
  Array.from({ length }, (_, at) => 0.3 * Math.sin((2 * Math.PI * hertz * at) / sampleRate));
const difference = (one: Sound, other: Sound) =>
  one.channels.map((channel, number) => channel.map((value, at) => value - other.channels[number]![at]!));
const decibels = (signal: Sound, noisy: Sound) =>
  10 * Math.log10(powerOf(signal.channels) / powerOf(difference(noisy, signal)));

describe('soundNoise', () => {
  const hum = { name: 'hum', sound: sound(16000, tone(50, 1600, 16000), tone(70, 1600, 16000)) };

  test.each([-10, 0, 5, 20, 40])('adds white or given noise at exactly %d dB', (ratio) => {
    const given = sound(8000, tone(440), tone(300));
    for (const noise of ['white', hum] as const) {
      const noisy = soundNoise({ decibels: ratio, noise }).apply(given, k);
      expect(decibels(given, noisy)).toBeCloseTo(ratio, 3);
      expect(noisy.channels.map(({ length }) => length)).toEqual([4000, 4000]);
    }
  });

  test('draws ratios of the whole interval', () => {
    const given = sound(8000, tone(440));
    const ratios = Array.from({ length: 60 }, (_, seed) =>
      decibels(given, soundNoise({ decibels: [10, 30] }).apply(given, key(seed))),
    );
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(9.99);
    expect(Math.min(...ratios)).toBeLessThan(13);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(30.01);
    expect(Math.max(...ratios)).toBeGreaterThan(27);
  });

  test('white noise differs between channels, a given one goes round', () => {
    const given = sound(8000, [1, 1, 1, 1], [1, 1, 1, 1]);
    const [left, right] = difference(soundNoise().apply(given, k), given);
    expect(left).not.toEqual(right);
    const beat = { name: 'beat', sound: sound(8000, [1, 0]) };
    const [added] = difference(soundNoise({ decibels: 0, noise: beat }).apply(given, k), given);
    expect([added![0], added![1]]).toEqual([added![2], added![3]]);
    expect(Math.max(...added!)).toBeCloseTo(Math.SQRT2, 5);
  });

  test('silence stays silence', () => {
    const silence = sound(8000, [0, 0, 0]);
    expect(soundNoise().apply(silence, k)).toEqual(silence);
    expect(soundNoise().apply(sound(8000, []), k).channels[0]).toHaveLength(0);
    expect(soundNoise().apply(sound(8000), k).channels).toEqual([]);
  });
});

describe('gain, shift and speed', () => {
  test('6.0206 dB are twice as much', () => {
    expect(gain({ decibels: 20 * Math.log10(2) }).apply(sound(8000, [0.1, -0.25]), k)).toEqual(
      sound(8000, [0.2, -0.5]),
    );
  });

  test('a shift moves by whole samples, into silence or round', () => {
    const given = sound(10, [1, 2, 3, 4]);
    const moved = (seconds: number, round = false) => [...timeShift({ seconds, round }).apply(given, k).channels[0]!];
    expect(moved(0.2)).toEqual([0, 0, 1, 2]);
    expect(moved(-0.1)).toEqual([2, 3, 4, 0]);
    expect(moved(0.1, true)).toEqual([4, 1, 2, 3]);
    expect(moved(-9, true)).toEqual([3, 4, 1, 2]);
    expect(moved(100)).toEqual([0, 0, 0, 0]);
  });

  test('a faster sound is shorter, and its pitch higher by the same factor', () => {
    const crossings = (samples: Float32Array) =>
      samples.filter((value, at) => at > 0 && value >= 0 && samples[at - 1]! < 0).length / samples.length;
    const given = sound(8000, tone(400));
    const [fast] = speed({ factor: 1.25 }).apply(given, k).channels;
    expect(fast).toHaveLength(3200);
    expect(crossings(fast!) / crossings(given.channels[0]!)).toBeCloseTo(1.25, 1);
    expect(speed({ factor: 0.5 }).apply(given, k).channels[0]).toHaveLength(8000);
    expect(speed({ factor: 1 }).apply(given, k)).toEqual(given);
  });
});

describe('hostile sounds', () => {
  const all = [soundNoise(), gain(), timeShift(), speed()];

  test.each(all.map((one) => [one.name, one] as const))('%s refuses what is no sound, with a reason', (_, one) => {
    expect(() => one.apply(sound(8000, [0, Number.NaN]), k)).toThrow('Found NaN at 1 of channel 1');
    expect(() => one.apply(sound(8000, [1], [1, Number.POSITIVE_INFINITY]), k)).toThrow('expected equal lengths');
    expect(() => one.apply(sound(0, [1]), k)).toThrow('sampleRate: expected a positive integer. Found 0.');
    expect(one.apply(sound(8000, [0, 0, 0, 0]), k).channels[0]!.every((value) => value === 0)).toBe(true);
    expect(one.apply(sound(8000, []), k).channels[0]).toHaveLength(0);
  });
});

describe('specAugment', () => {
  const features = (frames: number, bands: number) =>
    hostTensor(
      'float32',
      [frames, bands],
      Float32Array.from({ length: frames * bands }, (_, at) => 1 + at),
    );

  test('masks no more bands and frames than it may, each as a stretch of its own', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (seed, frames, bands) => {
          const options = {
            frequencyMasks: 1,
            frequencyWidth: 5,
            timeMasks: 1,
            timeWidth: 8,
            timeShare: 0.5,
            fill: 'zero',
          } as const;
          const { data, shape } = specAugment(options).apply(features(frames, bands), key(seed));
          expect(shape).toEqual([frames, bands]);
          const isGone = (frame: number, band: number) => data[frame * bands + band] === 0;
          const places = (count: number) => Array.from({ length: count }, (_, at) => at);
          const gone = places(bands).filter((band) => places(frames).every((frame) => isGone(frame, band)));
          const still = places(frames).filter((frame) => places(bands).every((band) => isGone(frame, band)));
          const isAll = gone.length === bands;
          if (!isAll) {
            expect(gone.length).toBeLessThanOrEqual(5);
            expect(still.length).toBeLessThanOrEqual(Math.min(8, Math.floor(frames / 2)));
            if (gone.length > 0) expect(gone.at(-1)! - gone[0]!).toBe(gone.length - 1);
            if (still.length > 0) expect(still.at(-1)! - still[0]!).toBe(still.length - 1);
          }
          for (const frame of places(frames))
            for (const band of places(bands))
              if (!gone.includes(band) && !still.includes(frame)) expect(isGone(frame, band)).toBe(false);
        },
      ),
    );
  });

  test('draws every width up to the largest', () => {
    const options = { frequencyMasks: 1, frequencyWidth: 3, timeMasks: 0, fill: 'zero' } as const;
    const widths = Array.from(
      { length: 100 },
      (_, seed) =>
        specAugment(options)
          .apply(features(1, 10), key(seed))
          .data.filter((value) => value === 0).length,
    );
    expect(new Set(widths)).toEqual(new Set([0, 1, 2, 3]));
  });

  test('fills with the mean', () => {
    const options = { frequencyMasks: 0, timeMasks: 20, timeWidth: 4, timeShare: 1 };
    const { data } = specAugment(options).apply(features(4, 2), k);
    expect(data.includes(4.5)).toBe(true);
  });

  test('a warp keeps the first and the last frame, and the order of frames', () => {
    const options = { frequencyMasks: 0, timeMasks: 0, timeWarp: 5 };
    const given = features(30, 1);
    for (let seed = 0; seed < 30; seed++) {
      const { data } = specAugment(options).apply(given, key(seed));
      expect([data[0], data[29]]).toEqual([1, 30]);
      for (let at = 1; at < 30; at++) {
        expect(data[at]! - data[at - 1]!).toBeGreaterThan(0);
        expect(Math.abs(data[at]! - (at + 1))).toBeLessThanOrEqual(5 + 1e-4);
      }
    }
    expect(specAugment(options).apply(features(2, 3), k)).toEqual(features(2, 3));
  });

  test('refuses what are no features', () => {
    expect(() => specAugment().apply(hostTensor('float32', [4], new Float32Array(4)), k)).toThrow(/\[frames, bands\]/);
    const nan = hostTensor('float32', [2, 2], Float32Array.of(0, 1, Number.NaN, 0));
    expect(() => specAugment().apply(nan, k)).toThrow('Expected finite features. Found NaN in frame 1.');
    expect(specAugment().apply(hostTensor('float32', [0, 80], []), k).shape).toEqual([0, 80]);
  });
});
