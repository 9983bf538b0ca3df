import { type HostTensor, hostTensor } from '@polytask/base';
import { type MelBand, type MelOptions, melFilters } from './mel-filters.ts';
import { type PairedPowers, pairedPowers } from './power-spectrum.ts';

export type FrontEnd = 'whisper' | 'kaldi' | 'htk';

export type LogMelOptions = {
  readonly type: FrontEnd;
  /** Default: 80. */
  readonly bands?: number;
};

/** The rate in Hz that all front ends are made for. */
export const logMelRate = 16000;

const [frame, hop] = [400, 160];
const sampleRate = logMelRate;

type Definition = {
  readonly fftSize: number;
  readonly mel: Omit<MelOptions, 'sampleRate' | 'fftSize' | 'bands'>;
  readonly window: Float64Array;
  /** Samples before the first one that the first frame reaches, and what stands there. */
  readonly edge: { readonly before: number; readonly fill: 'reflect' | 'zero' };
  frames(count: number): number;
  /** What happens to a frame before its window. */
  readonly prepare?: (frame: Float64Array) => void;
  readonly scale: number;
  /** From band energies to features, all frames together. */
  finish(energies: Float32Array): void;
};

const cosineWindow = (base: number, period: number, length: number) =>
  Float64Array.from({ length }, (_, at) => base - (1 - base) * Math.cos((2 * Math.PI * at) / period));

const definitions: Readonly<Record<FrontEnd, Definition>> = {
  whisper: {
    fftSize: 400,
    mel: { scale: 'slaney', low: 0, high: 8000 },
    window: cosineWindow(0.5, frame, frame),
    edge: { before: 200, fill: 'reflect' },
    frames: (count) => Math.floor(count / hop), // the last centred frame is left out
    scale: 1,
    finish(energies) {
      let highest = Number.NEGATIVE_INFINITY;
      for (let at = 0; at < energies.length; at++) {
        energies[at] = Math.log10(Math.max(1e-10, energies[at]!));
        if (energies[at]! > highest) highest = energies[at]!;
      }
      for (let at = 0; at < energies.length; at++) energies[at] = (Math.max(energies[at]!, highest - 8) + 4) / 4;
    },
  },
  kaldi: {
    fftSize: 512,
    mel: { scale: 'kaldi', low: 20, high: 8000 },
    window: cosineWindow(0.54, frame - 1, frame),
    edge: { before: 0, fill: 'zero' },
    frames: (count) => (count < frame ? 0 : 1 + Math.floor((count - frame) / hop)),
    scale: 32768,
    prepare(values) {
      let mean = 0;
      for (let at = 0; at < frame; at++) mean += values[at]!;
      mean /= frame;
      for (let at = frame - 1; at > 0; at--) values[at] = values[at]! - mean - 0.97 * (values[at - 1]! - mean);
      values[0] = values[0]! - mean - 0.97 * (values[0]! - mean); // stands for the one before it
    },
    finish(energies) {
      const smallest = 2 ** -23;
      for (let at = 0; at < energies.length; at++) energies[at] = Math.log(Math.max(smallest, energies[at]!));
    },
  },
  htk: {
    fftSize: 512,
    mel: { scale: 'htk', low: 0, high: 8000 },
    window: cosineWindow(0.54, frame, frame),
    edge: { before: 200, fill: 'zero' },
    frames: (count) => 1 + Math.floor(count / hop),
    scale: 1,
    finish(energies) {
      let highest = Number.NEGATIVE_INFINITY;
      for (let at = 0; at < energies.length; at++) {
        energies[at] = 10 * Math.log10(Math.max(1e-10, energies[at]!));
        if (energies[at]! > highest) highest = energies[at]!;
      }
      for (let at = 0; at < energies.length; at++) energies[at] = Math.max(energies[at]!, highest - 80);
    },
  },
};

type Plan = {
  readonly filters: readonly MelBand[];
  readonly spectra: PairedPowers;
  /** Of one frame. */
  readonly values: Float64Array;
};

const plans = new Map<string, Plan>();

/** What is the same for all sounds, made once: of a sound of a second, the filters would take longer than its frames. */
function planOf(type: FrontEnd, bands: number): Plan {
  const name = `${type} ${bands}`;
  const { fftSize, mel } = definitions[type];
  const plan = plans.get(name) ?? {
    filters: melFilters({ ...mel, sampleRate, fftSize, bands }),
    spectra: pairedPowers(fftSize, Math.floor(fftSize / 2) + 1),
    values: new Float64Array(frame),
  };
  plans.set(name, plan);
  return plan;
}

/**
 * Log-mel features [frames, bands] of a sound of one channel at 16 kHz, as one of three front ends computes them: frames of 25 ms every 10 ms.
 *
 * - `whisper`: periodic Hann window, DFT of 400, frames centred with reflected edges, ⌊N/160⌋ of them; Slaney's mel scale with bands of
 *   area 1, 0–8000 Hz; log₁₀ of at least 10⁻¹⁰ and of at least the highest − 8; (x + 4) / 4. At least 201 samples.
 * - `kaldi`: samples · 32768, mean removed, pre-emphasis 0.97, Hamming window, DFT of 512, 1 + ⌊(N − 400)/160⌋ whole frames; mel scale
 *   1127 ln(1 + f/700), 20–8000 Hz; natural logarithm of at least 2⁻²³.
 * - `htk`: periodic Hamming window, DFT of 512, centred frames with silence around, 1 + ⌊N/160⌋ of them; mel scale
 *   2595 log₁₀(1 + f/700), 0–8000 Hz, triangles over Hz; decibels of at least 10⁻¹⁰ and at least the highest − 80.
 *
 * @throws RangeError for fewer samples than the edges of `whisper` reflect.
 */
export function logMel(samples: Float32Array, { type, bands = 80 }: LogMelOptions): HostTensor<'float32'> {
  const definition = definitions[type];
  const { window, edge, scale, prepare } = definition;
  const count = samples.length;
  if (edge.fill === 'reflect' && count <= edge.before)
    throw new RangeError(`Expected more than ${edge.before} samples. Found ${count}.`);
  const { filters, spectra, values } = planOf(type, bands);
  const { input, powers, run } = spectra;
  const frames = definition.frames(count);
  const features = new Float32Array(frames * bands);
  const read = (at: number): number => {
    if (at >= 0 && at < count) return samples[at]!;
    if (edge.fill === 'zero') return 0;
    return samples[at < 0 ? -at : 2 * (count - 1) - at] ?? 0;
  };
  const place = (index: number, side: 0 | 1) => {
    const start = index * hop - edge.before;
    const isInside = start >= 0 && start + frame <= count;
    if (isInside) for (let at = 0; at < frame; at++) values[at] = samples[start + at]! * scale;
    else for (let at = 0; at < frame; at++) values[at] = read(start + at) * scale;
    prepare?.(values);
    for (let at = 0; at < frame; at++) input[2 * at + side] = values[at]! * window[at]!;
  };

  for (let index = 0; index < frames; index += 2) {
    const isPair = index + 1 < frames;
    place(index, 0);
    place(isPair ? index + 1 : index, 1);
    run();
    applyFilters(filters, powers, features, index * bands, isPair);
  }
  definition.finish(features);
  return hostTensor('float32', [frames, bands], features);
}

/** The energies of all bands of a frame, and of the one after it where there is a pair. */
function applyFilters(
  filters: readonly MelBand[],
  powers: Float64Array,
  features: Float32Array,
  to: number,
  isPair: boolean,
): void {
  const bands = filters.length;
  for (let band = 0; band < bands; band++) {
    const { start, weights } = filters[band]!;
    let [one, other] = [0, 0];
    for (let at = 0, from = 2 * start; at < weights.length; at++, from += 2) {
      one += weights[at]! * powers[from]!;
      other += weights[at]! * powers[from + 1]!;
    }
    features[to + band] = one;
    if (isPair) features[to + bands + band] = other;
  }
}

/**
 * Mel-frequency cepstral coefficients [frames, count]: the first coefficients of the orthonormal DCT-II of each frame of log-mel features,
 * c[k] = √(2/B) Σ x[b] cos(πk(b + ½)/B), c[0] by √(1/B).
 *
 * @throws RangeError unless 1 ≤ count ≤ the number of bands.
 *
 * Davis & Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980.
 */
export function mfcc({ shape, data }: HostTensor<'float32'>, count = 13): HostTensor<'float32'> {
  const [frames, bands] = shape as [number, number];
  if (!(Number.isInteger(count) && count >= 1 && count <= bands))
    throw new RangeError(`count: expected an integer from 1 to ${bands}. Found ${count}.`);
  const basis = Float64Array.from({ length: count * bands }, (_, at) => {
    const [k, band] = [Math.floor(at / bands), at % bands];
    return Math.sqrt((k === 0 ? 1 : 2) / bands) * Math.cos((Math.PI * k * (band + 0.5)) / bands);
  });
  const result = new Float32Array(frames * count);
  for (let index = 0; index < frames; index++) {
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let band = 0; band < bands; band++) sum += basis[k * bands + band]! * data[index * bands + band]!;
      result[index * count + k] = sum;
    }
  }
  return hostTensor('float32', [frames, count], result);
}

/**
 * How features change from frame to frame: d[t] = Σₙ n (x[t + n] − x[t − n]) / (2 Σₙ n²), n = 1 … reach, the first and last frames standing
 * for what is before and after. Furui, "Speaker-independent isolated word recognition using dynamic features", 1986.
 */
export function deltas({ shape, data }: HostTensor<'float32'>, reach = 2): HostTensor<'float32'> {
  const [frames, width] = shape as [number, number];
  let norm = 0;
  for (let n = 1; n <= reach; n++) norm += 2 * n * n;
  const at = (index: number, column: number) => data[Math.max(0, Math.min(frames - 1, index)) * width + column]!;
  return hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: frames * width }, (_, place) => {
      const [index, column] = [Math.floor(place / width), place % width];
      let sum = 0;
      for (let n = 1; n <= reach; n++) sum += n * (at(index + n, column) - at(index - n, column));
      return sum / norm;
    }),
  );
}
