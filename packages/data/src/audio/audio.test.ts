import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PolytaskError } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deltas, logMel, mfcc } from './log-mel.ts';
import { melEdges, melFilters } from './mel-filters.ts';
import { pairedPowers } from './power-spectrum.ts';
import { resampleSound } from './resample-sound.ts';
import { decodeWav, encodeWav, mono } from './wav.ts';

const tone = (count: number, hertz = 440, rate = 16000, amplitude = 0.5) =>
  Float32Array.from({ length: count }, (_, n) => amplitude * Math.sin((2 * Math.PI * hertz * n) / rate));
const codeOf = (run: () => unknown) => {
  try {
    run();
    return 'read';
  } catch (error) {
    return PolytaskError.is(error) ? error.problems[0]!.code : `not typed: ${error}`;
  }
};

describe('WAV', () => {
  test('16-bit sound comes back to half a step, float sound to the bit', () => {
    const channels = [tone(100), tone(100, 200)];
    const whole = decodeWav(encodeWav({ sampleRate: 8000, channels }));
    expect(whole.sampleRate).toBe(8000);
    for (const [at, channel] of whole.channels.entries())
      for (const [index, value] of channel.entries())
        expect(Math.abs(value - channels[at]![index]!)).toBeLessThanOrEqual(0.5001 / 32768);
    expect(decodeWav(encodeWav({ sampleRate: 8000, channels }, 'float32')).channels).toEqual(channels);
    expect([...decodeWav(encodeWav({ sampleRate: 1, channels: [Float32Array.of(2, -2)] })).channels[0]!]).toEqual([
      32767 / 32768,
      -1,
    ]);
  });

  /** A WAV file of one channel with the given bytes. */
  const wav = (tag: number, bits: number, data: number[], { extensible = false, claimed = data.length } = {}) => {
    const size = extensible ? 40 : 16;
    const bytes = new Uint8Array(28 + size + data.length);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode('RIFF....WAVEfmt '));
    view.setUint32(16, size, true);
    view.setUint16(20, extensible ? 0xfffe : tag, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, 8000, true);
    view.setUint16(32, bits / 8, true);
    view.setUint16(34, bits, true);
    if (extensible) view.setUint16(44, tag, true);
    bytes.set(new TextEncoder().encode('data'), 20 + size);
    view.setUint32(24 + size, claimed, true);
    bytes.set(data, 28 + size);
    return bytes;
  };

  test.each([
    [1, 8, [0, 128, 192], [-1, 0, 0.5]],
    [1, 16, [0, 0x80, 0, 0x40], [-1, 0.5]],
    [1, 24, [0, 0, 0x80, 0, 0, 0x40, 0xff, 0xff, 0xff], [-1, 0.5, -1 / 2 ** 23]],
    [1, 32, [0, 0, 0, 0x80, 0, 0, 0, 0x40], [-1, 0.5]],
    [3, 32, [0, 0, 0x80, 0xbf], [-1]],
  ])('format %i with %i bits', (tag, bits, data, values) => {
    for (const extensible of [false, true])
      expect([...decodeWav(wav(tag, bits, data, { extensible })).channels[0]!]).toEqual(values);
  });

  test('a recording that was cut off is read up to its end', () => {
    expect([...decodeWav(wav(1, 16, [0, 0x40, 0], { claimed: 0xffffffff })).channels[0]!]).toEqual([0.5]);
  });

  test.each([
    ['E2400', new Uint8Array(0)],
    ['E2401', wav(1, 16, [0, 0]).subarray(0, 40)],
    ['E2402', wav(2, 16, [0, 0])],
    ['E2402', wav(1, 12, [0, 0])],
    ['E2404', wav(3, 32, [0, 0, 0xc0, 0x7f])],
  ])('%s', (code, bytes) => {
    expect(codeOf(() => decodeWav(bytes))).toBe(code);
  });

  test('a rate that nothing records at is refused: a filter from there to speech would have as many taps', () => {
    const bytes = encodeWav({ sampleRate: 8000, channels: [tone(100)] });
    new DataView(bytes.buffer).setUint32(24, 0xffffffff, true);

    expect(codeOf(() => decodeWav(bytes))).toBe('E2401');
  });

  test('a limit holds', () => {
    expect(codeOf(() => decodeWav(wav(1, 8, [1, 2, 3]), { maxSamples: 2 }))).toBe('E2403');
  });

  test('no bytes end in anything but a sound or an error with a code', () => {
    const whole = encodeWav({ sampleRate: 8000, channels: [tone(8)] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { maxLength: 12 }), fc.nat(60), (changes, length) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        expect(codeOf(() => decodeWav(bytes.subarray(0, length)))).toMatch(/^(read|E240\d)$/);
      }),
      { numRuns: 500 },
    );
  });

  test('one channel is the mean of all', () => {
    expect([...mono({ sampleRate: 1, channels: [Float32Array.of(1, 0), Float32Array.of(0, -1)] })]).toEqual([
      0.5, -0.5,
    ]);
  });
});

describe('resampling', () => {
  test.each([
    [8000, 16000],
    [44100, 16000],
    [16000, 8000],
    [22050, 16000],
  ])('a tone at %i Hz is the same tone at %i Hz', (from, to) => {
    const found = resampleSound(tone(from / 2, 440, from), from, to);
    const wanted = tone(to / 2, 440, to);
    expect(found.length).toBe(wanted.length);
    for (let at = 800; at < wanted.length - 800; at++) expect(Math.abs(found[at]! - wanted[at]!)).toBeLessThan(1e-3);
  });

  test('a short sound of a rate without a common divisor needs few filters', () => {
    const start = performance.now();

    expect(resampleSound(new Float32Array(200), 1_535_999, 16000)).toHaveLength(3);
    expect(performance.now() - start).toBeLessThan(10_000); // of all phases: a minute
  });

  test('what the lower rate cannot hold is gone', () => {
    const found = resampleSound(tone(44100, 12000, 44100), 44100, 16000).subarray(1000, -1000);
    expect(Math.max(...found.map(Math.abs))).toBeLessThan(1e-3);
  });
});

describe('spectra', () => {
  test.each([8, 12, 25, 400, 512])('of %i samples are those of the definition', (size) => {
    const [a, b] = [0.3, 0.7].map((step) => Float64Array.from({ length: size }, (_, n) => Math.sin(1 + step * n * n)));
    const bins = Math.floor(size / 2) + 1;
    const pair = pairedPowers(size, bins);
    for (let n = 0; n < size; n++) pair.input.set([a![n]!, b![n]!], 2 * n);
    pair.run();
    for (const [side, frame] of [a!, b!].entries()) {
      for (let k = 0; k < bins; k++) {
        let [re, im] = [0, 0];
        for (let n = 0; n < size; n++) {
          re += frame[n]! * Math.cos((2 * Math.PI * k * n) / size);
          im += frame[n]! * Math.sin((2 * Math.PI * k * n) / size);
        }
        expect(Math.abs(pair.powers[2 * k + side]! - (re * re + im * im))).toBeLessThan(1e-9 * size * size);
      }
    }
  });
});

describe('mel bands', () => {
  test('on HTK’s scale lie where they should', () => {
    const edges = melEdges({ scale: 'htk', bands: 80, low: 0, high: 8000 });
    for (const [at, wanted] of [0, 22.12, 44.939, 68.479].entries()) expect(edges[at]).toBeCloseTo(wanted, 3);
    for (const [at, wanted] of [7475.165, 7733.501, 8000].entries()) expect(edges[79 + at]).toBeCloseTo(wanted, 3);
  });

  test('of Whisper have the weights of its published matrix', () => {
    const bands = melFilters({ scale: 'slaney', sampleRate: 16000, fftSize: 400, bands: 80, low: 0, high: 8000 });
    const weight = (band: number, bin: number) => bands[band]!.weights[bin - bands[band]!.start] ?? 0;
    for (const [band, bin, wanted] of [
      [0, 1, 0.024863],
      [10, 11, 0.004954],
      [11, 11, 0.021899],
      [11, 12, 0.002964],
      [79, 197, 0.001346],
    ] as const)
      expect(weight(band, bin)).toBeCloseTo(wanted, 6);
  });

  test('refuse frequencies that a rate does not have', () => {
    const options = { scale: 'htk', sampleRate: 8000, fftSize: 256, bands: 20, low: 0, high: 8000 } as const;
    expect(() => melFilters(options)).toThrow(RangeError);
  });
});

describe('log-mel features', () => {
  test('of Whisper agree with its own on a tone', () => {
    const { shape, data } = logMel(tone(1600), { type: 'whisper' });
    expect(shape).toEqual([10, 80]);
    const at = (frame: number, band: number) => data[80 * frame + band]!;
    for (const [frame, band, wanted] of [
      [5, 11, 1.438204],
      [5, 10, 1.348738],
      [5, 12, 1.293523],
      [5, 0, -0.561796],
      [5, 40, -0.561796],
      [5, 79, -0.561796],
      [0, 12, 1.338301],
      [0, 0, 0.983279],
      [0, 79, -0.081691],
      [9, 11, 1.435665],
    ] as const)
      expect(Math.abs(at(frame, band) - wanted)).toBeLessThan(2e-6);
    expect(data.reduce((sum, value) => sum + value, 0) / 800).toBeCloseTo(-0.280335, 5);
  });

  test.each([
    ['htk', 16000, 101],
    ['kaldi', 16000, 98],
    ['whisper', 16000, 100],
    ['htk', 400, 3],
    ['kaldi', 400, 1],
    ['whisper', 400, 2],
    ['kaldi', 399, 0],
    ['htk', 0, 1],
  ] as const)('%s: %i samples are %i frames', (type, count, frames) => {
    expect(logMel(tone(count), { type }).shape).toEqual([frames, 80]);
  });

  test('silence and short sounds stay finite, and what cannot be reflected is refused', () => {
    for (const type of ['whisper', 'kaldi', 'htk'] as const)
      expect(logMel(new Float32Array(800), { type }).data.every(Number.isFinite)).toBe(true);
    expect(() => logMel(tone(200), { type: 'whisper' })).toThrow(RangeError);
  });

  test('a louder sound has the same shape in decibels, and a constant offset does not matter to kaldi', () => {
    const noise = Float32Array.from({ length: 4000 }, (_, n) => 0.3 * Math.sin(n * n * 0.37));
    const [soft, loud] = [noise, noise.map((value) => 2 * value)].map((x) => logMel(x, { type: 'htk' }).data);
    for (const [at, value] of soft!.entries()) expect(loud![at]! - value).toBeCloseTo(20 * Math.log10(2), 3);
    const shifted = logMel(
      noise.map((value) => value + 0.2),
      { type: 'kaldi' },
    ).data;
    for (const [at, value] of logMel(noise, { type: 'kaldi' }).data.entries())
      expect(shifted[at]).toBeCloseTo(value, 2);
  });

  test('cepstra of flat features are their level, and features that do not change have no deltas', () => {
    const flat = { dtype: 'float32', shape: [3, 4], data: new Float32Array(12).fill(2) } as const;
    expect([...mfcc(flat, 2).data].map((value) => Math.abs(Math.round(value * 1e6) / 1e6))).toEqual([4, 0, 4, 0, 4, 0]);
    expect([...deltas(flat).data]).toEqual(new Array(12).fill(0));
    const rising = { dtype: 'float32', shape: [7, 1], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6) } as const;
    expect(deltas(rising).data[3]).toBeCloseTo(1, 6);
    expect(() => mfcc(flat, 5)).toThrow(RangeError);
  });
});

const recordings = fileURLToPath(new URL('../../../../../shared/data/digits-speech/recordings', import.meta.url));
test.skipIf(!existsSync(recordings))('recorded digits are decoded, resampled and analysed', () => {
  for (const name of readdirSync(recordings).slice(0, 20)) {
    const sound = decodeWav(readFileSync(join(recordings, name)), { name });
    expect(sound.sampleRate).toBe(8000);
    const features = logMel(resampleSound(mono(sound), 8000, 16000), { type: 'whisper' });
    expect(features.data.every(Number.isFinite)).toBe(true);
  }
});
