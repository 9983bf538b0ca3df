export type MelScale = 'slaney' | 'htk' | 'kaldi';

/** The weights of a band over a run of frequencies. */
export type MelBand = { readonly start: number; readonly weights: Float64Array };

export type MelOptions = {
  readonly scale: MelScale;
  readonly sampleRate: number;
  readonly fftSize: number;
  readonly bands: number;
  /** Hz, of the first band's lower and the last band's upper end. */
  readonly low: number;
  readonly high: number;
};

const slaneyStep = 200 / 3;
const slaneyLog = Math.log(6.4) / 27;

const scales: Readonly<Record<MelScale, { toMel(hertz: number): number; toHertz(mel: number): number }>> = {
  // linear below 1000 Hz, logarithmic above
  slaney: {
    toMel: (hertz) => (hertz < 1000 ? hertz / slaneyStep : 15 + Math.log(hertz / 1000) / slaneyLog),
    toHertz: (mel) => (mel < 15 ? mel * slaneyStep : 1000 * Math.exp((mel - 15) * slaneyLog)),
  },
  htk: {
    toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
    toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
  },
  kaldi: {
    toMel: (hertz) => 1127 * Math.log(1 + hertz / 700),
    toHertz: (mel) => 700 * (Math.exp(mel / 1127) - 1),
  },
};

/** The frequencies in Hz that lie evenly on a mel scale: `bands` + 2 of them, each band from one to the one after the next. */
export function melEdges({ scale, bands, low, high }: Omit<MelOptions, 'sampleRate' | 'fftSize'>): number[] {
  const { toMel, toHertz } = scales[scale];
  const [first, last] = [toMel(low), toMel(high)];
  return Array.from({ length: bands + 2 }, (_, at) => toHertz(first + ((last - first) * at) / (bands + 1)));
}

/**
 * Triangular bands on a mel scale over the frequencies k · sampleRate / fftSize.
 *
 * `slaney`: triangles over Hz with area 1, as in librosa (weights · 2 / (fᵢ₊₂ − fᵢ)) · `htk`: triangles over Hz with height 1 ·
 * `kaldi`: triangles over mels with height 1, without the highest frequency.
 *
 * @throws RangeError where low ≥ high, high > sampleRate / 2, or a count is no positive integer.
 */
export function melFilters(options: MelOptions): MelBand[] {
  const { scale, sampleRate, fftSize, bands, low, high } = options;
  if (!(low >= 0 && low < high && high <= sampleRate / 2))
    throw new RangeError(`Expected 0 ≤ low < high ≤ ${sampleRate / 2} Hz. Found ${low} and ${high}.`);
  for (const [name, value] of Object.entries({ bands, fftSize }))
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  const edges = melEdges(options);
  const axis = scale === 'kaldi' ? scales.kaldi.toMel : (hertz: number) => hertz;
  const points = edges.map(axis);
  const count = scale === 'kaldi' ? fftSize / 2 : Math.floor(fftSize / 2) + 1;
  return Array.from({ length: bands }, (_, band) => {
    const [left, centre, right] = [points[band]!, points[band + 1]!, points[band + 2]!];
    const area = scale === 'slaney' ? 2 / (edges[band + 2]! - edges[band]!) : 1;
    const all = Float64Array.from({ length: count }, (_, bin) => {
      const at = axis((bin * sampleRate) / fftSize);
      return area * Math.max(0, Math.min((at - left) / (centre - left), (right - at) / (right - centre)));
    });
    const start = all.findIndex((weight) => weight > 0);
    if (start < 0) return { start: 0, weights: new Float64Array(0) };
    return { start, weights: all.slice(start, all.findLastIndex((weight) => weight > 0) + 1) };
  });
}
