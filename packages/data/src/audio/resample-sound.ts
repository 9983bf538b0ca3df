/**
 * The same sound at another sampling rate: a polyphase filter, a sinc in a Kaiser window (β = 9, 32 zero crossings on each side) that stops
 * below half of the lower rate.
 *
 * ⌈N · to / from⌉ samples; outside the sound there is silence.
 *
 * @throws RangeError for rates that are no positive integers.
 *
 * Crochiere & Rabiner, "Multirate Digital Signal Processing", 1983, ch. 4.
 */
export function resampleSound(samples: Float32Array, from: number, to: number): Float32Array {
  for (const rate of [from, to])
    if (!(Number.isInteger(rate) && rate > 0))
      throw new RangeError(`Expected rates in Hz, positive integers. Found ${rate}.`);
  if (from === to) return samples;
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const { tapsOf, reach } = filters(up, down);
  const result = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let index = 0; index < result.length; index++) {
    const position = index * down;
    const centre = Math.floor(position / up);
    const taps = tapsOf(position % up);
    const first = Math.max(0, centre - reach + 1);
    const last = Math.min(samples.length - 1, centre + reach);
    let sum = 0;
    for (let at = first; at <= last; at++) sum += samples[at]! * taps[at - centre + reach - 1]!;
    result[index] = sum;
  }
  return result;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

const crossings = 32;
const rolloff = 0.945;
const beta = 9;

/**
 * Per phase of an output sample between two input samples: the weights of the inputs around it, made when first asked for, since rates
 * that have no common divisor have more phases than a short sound has samples.
 */
function filters(up: number, down: number): { tapsOf: (phase: number) => Float64Array; reach: number } {
  const cutoff = rolloff * Math.min(1, up / down);
  const reach = Math.ceil(crossings / cutoff);
  const scale = besselI0(beta);
  const phases: (Float64Array | undefined)[] = [];
  const taps = (phase: number) =>
    Float64Array.from({ length: 2 * reach }, (_, tap) => {
      const distance = tap - reach + 1 - phase / up;
      const ratio = distance / reach;
      if (Math.abs(ratio) >= 1) return 0;
      const angle = Math.PI * cutoff * distance;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      return cutoff * sinc * (besselI0(beta * Math.sqrt(1 - ratio * ratio)) / scale);
    });
  const tapsOf = (phase: number) => {
    phases[phase] ??= taps(phase);
    return phases[phase];
  };
  return { tapsOf, reach };
}

/** The modified Bessel function of the first kind of order 0, by its series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
