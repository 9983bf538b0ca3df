import FFT from 'fft.js';
import { mixedRadix, type Transform } from './mixed-radix.ts';

/** The power spectra of two real frames at a time. */
export type PairedPowers = {
  /** Where the frames are put, a sample of the first and one of the second in turn; it is left as it is. */
  readonly input: Float64Array;
  /** |X[k]|² of the first frequencies, of the first and of the second frame in turn. */
  readonly powers: Float64Array;
  /** From `input` to `powers`. */
  run(): void;
};

/**
 * The power spectra of real frames of `size` samples, `bins` frequencies of each, two by one complex transform: with Z = DFT(a + i·b),
 * A[k] = (Z[k] + Z̄[−k]) / 2 and B[k] = (Z[k] − Z̄[−k]) / 2i.
 */
export function pairedPowers(size: number, bins: number): PairedPowers {
  const transform = dft(size);
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  const powers = new Float64Array(2 * bins);
  return {
    input,
    powers,
    run() {
      transform(output, input);
      for (let k = 0; k < bins; k++) {
        const mirror = k === 0 ? 0 : 2 * (size - k);
        const sumRe = output[2 * k]! + output[mirror]!;
        const sumIm = output[2 * k + 1]! + output[mirror + 1]!;
        const differenceRe = output[2 * k]! - output[mirror]!;
        const differenceIm = output[2 * k + 1]! - output[mirror + 1]!;
        powers[2 * k] = (sumRe * sumRe + differenceIm * differenceIm) * 0.25;
        powers[2 * k + 1] = (sumIm * sumIm + differenceRe * differenceRe) * 0.25;
      }
    },
  };
}

/** Discrete Fourier transforms of complex numbers, real and imaginary parts in turn, of any size. */
function dft(size: number): Transform {
  return (size & (size - 1)) === 0 ? powerOfTwo(size) : (mixedRadix(size) ?? bluestein(size));
}

function powerOfTwo(size: number): Transform {
  const fft = new FFT(size);
  return (output, input) => fft.transform(output as unknown as number[], input as unknown as number[]);
}

/**
 * A transform of any size by one of a power of two: X[k] = w[k] · Σₙ (x[n] w[n]) · w̄[k − n] with w[n] = exp(−iπn²/N) is a convolution.
 * Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970.
 */
function bluestein(size: number): Transform {
  const padded = 2 ** Math.ceil(Math.log2(2 * size - 1));
  const fft = new FFT(padded);
  const transform = powerOfTwo(padded);
  const angle = (n: number) => (Math.PI * ((n * n) % (2 * size))) / size;
  const [cosines, sines] = [Math.cos, Math.sin].map((f) =>
    Float64Array.from({ length: size }, (_, n) => f(angle(n))),
  ) as [Float64Array, Float64Array];
  const chirp = new Float64Array(2 * padded);
  for (let n = 0; n < size; n++) {
    for (const at of n === 0 ? [0] : [n, padded - n]) {
      chirp[2 * at] = cosines[n]!;
      chirp[2 * at + 1] = sines[n]!;
    }
  }
  const response = new Float64Array(2 * padded);
  transform(response, chirp);
  const [signal, spectrum] = [new Float64Array(2 * padded), new Float64Array(2 * padded)];
  return (output, input) => {
    signal.fill(0);
    for (let n = 0; n < size; n++) {
      const [re, im, c, s] = [input[2 * n]!, input[2 * n + 1]!, cosines[n]!, sines[n]!];
      signal[2 * n] = re * c + im * s;
      signal[2 * n + 1] = im * c - re * s;
    }
    transform(spectrum, signal);
    for (let at = 0; at < 2 * padded; at += 2) {
      const [re, im, c, s] = [spectrum[at]!, spectrum[at + 1]!, response[at]!, response[at + 1]!];
      spectrum[at] = re * c - im * s;
      spectrum[at + 1] = re * s + im * c;
    }
    fft.inverseTransform(signal as unknown as number[], spectrum as unknown as number[]);
    for (let k = 0; k < size; k++) {
      const [re, im, c, s] = [signal[2 * k]!, signal[2 * k + 1]!, cosines[k]!, sines[k]!];
      output[2 * k] = re * c + im * s;
      output[2 * k + 1] = im * c - re * s;
    }
  };
}
