/** From complex numbers, real and imaginary parts in turn, to their discrete Fourier transform. */
export type Transform = (output: Float64Array, input: Float64Array) => void;

/** How many the places in turn are a factor of: 4 and 5, and one 2 at most. Undefined where others are left. */
function radices(size: number): number[] | undefined {
  const found: number[] = [];
  let left = size;
  for (const radix of [4, 5, 2]) {
    while (left % radix === 0 && left > 1) {
      found.push(radix);
      left /= radix;
    }
  }
  return left === 1 ? found : undefined;
}

const [cos1, cos2] = [Math.cos((2 * Math.PI) / 5), Math.cos((4 * Math.PI) / 5)];
const [sin1, sin2] = [Math.sin((2 * Math.PI) / 5), Math.sin((4 * Math.PI) / 5)];

/**
 * Transforms of a size above 1 that is made of the factors 2, 4 and 5, such as Whisper's 400 = 4 · 4 · 5 · 5; undefined for others. Each stage
 * writes its results in the order that the next one reads: Stockham, "High-speed convolution and correlation", 1966.
 */
export function mixedRadix(size: number): Transform | undefined {
  const factors = radices(size);
  if (!factors || factors.length === 0) return undefined;
  const buffers = [new Float64Array(2 * size), new Float64Array(2 * size)] as const;
  let [length, stride] = [size, 1];
  const stages = factors.map((radix) => {
    const blocks = length / radix;
    // w[block · radix + j] = exp(−2πi · block · j / length)
    const twiddles = new Float64Array(2 * blocks * radix);
    for (let block = 0; block < blocks; block++) {
      for (let j = 0; j < radix; j++) {
        const angle = (2 * Math.PI * ((block * j) % length)) / length;
        twiddles[2 * (block * radix + j)] = Math.cos(angle);
        twiddles[2 * (block * radix + j) + 1] = -Math.sin(angle);
      }
    }
    const stage = { radix, blocks, stride, twiddles };
    length = blocks;
    stride *= radix;
    return stage;
  });
  const value = new Float64Array(10); // what one butterfly gives

  return (output, input) => {
    let from = input;
    for (const [at, { radix, blocks, stride: step, twiddles }] of stages.entries()) {
      const to = at === stages.length - 1 ? output : buffers[at % 2]!;
      for (let block = 0; block < blocks; block++) {
        for (let q = 0; q < step; q++) {
          const first = 2 * (q + step * block);
          const apart = 2 * step * blocks;
          if (radix === 4) butterfly4(value, from, first, apart);
          else if (radix === 5) butterfly5(value, from, first, apart);
          else butterfly2(value, from, first, apart);
          let target = 2 * (q + step * radix * block);
          for (let j = 0; j < radix; j++) {
            const [re, im] = [value[2 * j]!, value[2 * j + 1]!];
            const place = 2 * (block * radix + j);
            const [wRe, wIm] = [twiddles[place]!, twiddles[place + 1]!];
            to[target] = re * wRe - im * wIm;
            to[target + 1] = re * wIm + im * wRe;
            target += 2 * step;
          }
        }
      }
      from = to;
    }
  };
}

function butterfly2(value: Float64Array, from: Float64Array, at: number, apart: number): void {
  const [aRe, aIm, bRe, bIm] = [from[at]!, from[at + 1]!, from[at + apart]!, from[at + apart + 1]!];
  value[0] = aRe + bRe;
  value[1] = aIm + bIm;
  value[2] = aRe - bRe;
  value[3] = aIm - bIm;
}

function butterfly4(value: Float64Array, from: Float64Array, a: number, apart: number): void {
  const b = a + apart;
  const c = b + apart;
  const d = c + apart;
  const sumRe = from[a]! + from[c]!;
  const sumIm = from[a + 1]! + from[c + 1]!;
  const differenceRe = from[a]! - from[c]!;
  const differenceIm = from[a + 1]! - from[c + 1]!;
  const otherRe = from[b]! + from[d]!;
  const otherIm = from[b + 1]! + from[d + 1]!;
  const turnedRe = from[b + 1]! - from[d + 1]!; // −i · (b − d)
  const turnedIm = from[d]! - from[b]!;
  value[0] = sumRe + otherRe;
  value[1] = sumIm + otherIm;
  value[2] = differenceRe + turnedRe;
  value[3] = differenceIm + turnedIm;
  value[4] = sumRe - otherRe;
  value[5] = sumIm - otherIm;
  value[6] = differenceRe - turnedRe;
  value[7] = differenceIm - turnedIm;
}

function butterfly5(value: Float64Array, from: Float64Array, a: number, apart: number): void {
  const b = a + apart;
  const c = b + apart;
  const d = c + apart;
  const e = d + apart;
  for (const part of [0, 1] as const) {
    const [outer, inner] = [from[b + part]! + from[e + part]!, from[c + part]! + from[d + part]!];
    const centre = from[a + part]!;
    value[part] = centre + outer + inner;
    value[2 + part] = centre + cos1 * outer + cos2 * inner;
    value[4 + part] = centre + cos2 * outer + cos1 * inner;
  }
  const outerRe = from[b]! - from[e]!;
  const outerIm = from[b + 1]! - from[e + 1]!;
  const innerRe = from[c]! - from[d]!;
  const innerIm = from[c + 1]! - from[d + 1]!;
  const [nearRe, nearIm] = [sin1 * outerRe + sin2 * innerRe, sin1 * outerIm + sin2 * innerIm];
  const [farRe, farIm] = [sin2 * outerRe - sin1 * innerRe, sin2 * outerIm - sin1 * innerIm];
  // X₁ = m₁ − i·n₁, X₄ = m₁ + i·n₁, and likewise X₂ and X₃
  const [m1Re, m1Im, m2Re, m2Im] = [value[2]!, value[3]!, value[4]!, value[5]!];
  value[2] = m1Re + nearIm;
  value[3] = m1Im - nearRe;
  value[8] = m1Re - nearIm;
  value[9] = m1Im + nearRe;
  value[4] = m2Re + farIm;
  value[5] = m2Im - farRe;
  value[6] = m2Re - farIm;
  value[7] = m2Im + farRe;
}
