import { hostTensor } from '@polytask/base';
import { describe, expect, it } from 'vitest';
import { imageProblem, soundProblem } from './media-problems.ts';

const tone = (gain: number) =>
  Float32Array.from({ length: 8000 }, (_, at) => gain * Math.sin((2 * Math.PI * 440 * at) / 8000));

describe('imageProblem', () => {
  const image = (fill: (at: number) => number, channels = 1) =>
    hostTensor(
      'uint8',
      [4, 4, channels],
      Array.from({ length: 16 * channels }, (_, at) => fill(at)),
    );
  it('accepts pictures and names what is none', () => {
    expect(imageProblem(image((at) => at))).toBeUndefined();
    expect(imageProblem(image(() => 255))?.code).toBe('E2242');
    expect(imageProblem(image((at) => at % 3))?.code).toBe('E2242'); // within 2 of 255
    expect(imageProblem(image((at) => at % 3, 3))?.code).toBe('E2242'); // one colour, its channels differ
    expect(imageProblem(image((at) => (at % 4 === 3 ? at : 7), 4))?.code).toBe('E2242'); // only the transparency changes
    expect(imageProblem(hostTensor('uint8', [1, 9, 1], Array(9).fill(1)))?.code).toBe('E2241');
    expect(imageProblem(hostTensor('float32', [4, 4, 1], Array(16).fill(1)))?.code).toBe('E2240');
    expect(imageProblem(hostTensor('uint8', [0, 0, 3], []))?.code).toBe('E2241');
  });
});

describe('soundProblem', () => {
  it('accepts a tone and names silence, clipping, cuts and numbers that are none', () => {
    expect(soundProblem(tone(0.5), 8000)).toBeUndefined();
    expect(soundProblem(tone(0.0001), 8000)?.code).toBe('E2245');
    expect(soundProblem(new Float32Array(8000).fill(0.5), 8000)?.message).toContain('no sound at all');
    expect(
      soundProblem(
        tone(3).map((value) => Math.max(-1, Math.min(1, value))),
        8000,
      )?.code,
    ).toBe('E2246');
    expect(soundProblem(new Float32Array(10), 8000)?.code).toBe('E2243');
    expect(soundProblem(tone(1).fill(Number.NaN, 5, 6), 8000)?.code).toBe('E2244');
  });
  it('does not take a quiet sound of few steps for clipped', () => {
    expect(
      soundProblem(
        tone(0.005).map((value) => Math.round(value * 1000) / 1000),
        8000,
      ),
    ).toBeUndefined();
  });
});
