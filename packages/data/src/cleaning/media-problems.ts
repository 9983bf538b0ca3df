import type { HostTensor, Problem } from '@polytask/base';

export type ImageLimits = {
  /** Images in which no channel spans more than this, in steps of 255, are constant. Default: 2. */
  readonly minSpan?: number;
  /** The least height and width in pixels. Default: 2. */
  readonly minSize?: number;
};

export type SoundLimits = {
  /** The level, in dB relative to full scale, below which a sound is silent. Default: −60. */
  readonly silentBelow?: number;
  /** The share of samples in runs of at least three at the same extreme, above which a sound is clipped. Default: 0.001. */
  readonly clippedAbove?: number;
  /** Default: 0.01. */
  readonly minSeconds?: number;
};

/** What makes a decoded image (uint8 [height, width, channels]) useless: E2240 not an image · E2241 too small · E2242 constant. */
export function imageProblem(image: HostTensor, { minSpan = 2, minSize = 2 }: ImageLimits = {}): Problem | undefined {
  const { dtype, shape, data } = image;
  const [height = 0, width = 0, channels = 0] = shape;
  if (dtype !== 'uint8' || shape.length !== 3 || data.length !== height * width * channels || channels === 0) {
    const message = `Expected uint8 [height, width, channels]. Found ${dtype} [${shape.join(', ')}].`;
    return { code: 'E2240', message };
  }
  if (height < minSize || width < minSize) {
    return { code: 'E2241', message: `Expected at least ${minSize} × ${minSize} pixels. Found ${width} × ${height}.` };
  }
  const colours = channels === 2 || channels === 4 ? channels - 1 : channels; // not the transparency
  for (let channel = 0; channel < colours; channel++) {
    const first = data[channel]!;
    let low = first;
    let high = first;
    for (let at = channel; at < data.length; at += channels) {
      const value = data[at]!;
      if (value < low) low = value;
      else if (value > high) high = value;
      if (high - low > minSpan) return undefined;
    }
  }
  return { code: 'E2242', message: `All pixels of the image have the same colour, to within ${minSpan} of 255.` };
}

/**
 * What makes one channel of a decoded sound in [−1, 1] useless: E2243 too short · E2244 samples that are not finite · E2245 silent
 * (20·log₁₀ RMS below the limit, its mean taken out) · E2246 clipped.
 */
export function soundProblem(samples: Float32Array, sampleRate: number, limits: SoundLimits = {}): Problem | undefined {
  const { silentBelow = -60, clippedAbove = 0.001, minSeconds = 0.01 } = limits;
  if (samples.length === 0 || samples.length < minSeconds * sampleRate) {
    return {
      code: 'E2243',
      message: `Expected at least ${minSeconds} s. Found ${samples.length} samples at ${sampleRate} Hz.`,
    };
  }
  let sum = 0;
  let squares = 0;
  let low = samples[0]!;
  let high = low;
  for (let at = 0; at < samples.length; at++) {
    const value = samples[at]!;
    sum += value;
    squares += value * value;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  if (!Number.isFinite(squares)) return { code: 'E2244', message: 'The sound holds samples that are not finite.' };
  const mean = sum / samples.length;
  const power = Math.max(0, squares / samples.length - mean * mean);
  const level = 10 * Math.log10(power);
  if (level < silentBelow) {
    const found = power === 0 ? 'no sound at all' : `${level.toFixed(1)} dB`;
    return { code: 'E2245', message: `Expected a level of at least ${silentBelow} dB. Found ${found}.` };
  }
  // quiet sounds of few steps stay at their loudest one without being clipped
  const clipped = (high > 0.01 ? heldAt(samples, high) : 0) + (low < -0.01 ? heldAt(samples, low) : 0);
  if (clipped <= clippedAbove * samples.length) return undefined;
  const percent = ((100 * clipped) / samples.length).toFixed(1);
  return { code: 'E2246', message: `${percent} % of the samples are held at the loudest level; the sound is clipped.` };
}

// Samples in runs of three and more at an extreme: a wave cut off stays there, one that just reaches it does not.
function heldAt(samples: Float32Array, extreme: number): number {
  let count = 0;
  let run = 0;
  for (let at = 0; at <= samples.length; at++) {
    if (at < samples.length && samples[at] === extreme) run++;
    else {
      if (run >= 3) count += run;
      run = 0;
    }
  }
  return count;
}
