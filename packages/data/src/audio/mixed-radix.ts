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
    const stage = { pass: radix === 4 ? pass4 : radix === 5 ? pass5 : pass2, blocks, stride, twiddles };
    length = blocks;
    stride *= radix;
    return stage;
  });

  return (output, input) => {
    let from = input;
    for (let at = 0; at < stages.length; at++) {
      const { pass, blocks, stride: step, twiddles } = stages[at]!;
      const to = at === stages.length - 1 ? output : buffers[at % 2]!;
      pass(to, from, blocks, step, twiddles);
      from = to;
    }
  };
}

/**
 * One stage: for every `block` and every q below `step`, a transform of as many numbers as the radix, `step` · `blocks` apart, each result j
 * turned by its twiddle and written `step` apart. A block's twiddles do not change with q, and every number is read and written once.
 */
type Pass = (to: Float64Array, from: Float64Array, blocks: number, step: number, twiddles: Float64Array) => void;

const pass2: Pass = (to, from, blocks, step, twiddles) => {
  const [apart, next] = [2 * step * blocks, 2 * step];
  for (let block = 0; block < blocks; block++) {
    const [w1Re, w1Im] = [twiddles[4 * block + 2]!, twiddles[4 * block + 3]!];
    let a = 2 * step * block;
    let target = 4 * step * block;
    for (let q = 0; q < step; q++, a += 2, target += 2) {
      const b = a + apart;
      const aRe = from[a]!;
      const aIm = from[a + 1]!;
      const bRe = from[b]!;
      const bIm = from[b + 1]!;
      const re = aRe - bRe;
      const im = aIm - bIm;
      to[target] = aRe + bRe;
      to[target + 1] = aIm + bIm;
      to[target + next] = re * w1Re - im * w1Im;
      to[target + next + 1] = re * w1Im + im * w1Re;
    }
  }
};

const pass4: Pass = (to, from, blocks, step, twiddles) => {
  const [apart, next] = [2 * step * blocks, 2 * step];
  for (let block = 0; block < blocks; block++) {
    const place = 8 * block;
    const w1Re = twiddles[place + 2]!;
    const w1Im = twiddles[place + 3]!;
    const w2Re = twiddles[place + 4]!;
    const w2Im = twiddles[place + 5]!;
    const w3Re = twiddles[place + 6]!;
    const w3Im = twiddles[place + 7]!;
    let a = 2 * step * block;
    let target = 8 * step * block;
    for (let q = 0; q < step; q++, a += 2, target += 2) {
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
      to[target] = sumRe + otherRe;
      to[target + 1] = sumIm + otherIm;
      const t1 = target + next;
      const oneRe = differenceRe + turnedRe;
      const oneIm = differenceIm + turnedIm;
      to[t1] = oneRe * w1Re - oneIm * w1Im;
      to[t1 + 1] = oneRe * w1Im + oneIm * w1Re;
      const t2 = t1 + next;
      const twoRe = sumRe - otherRe;
      const twoIm = sumIm - otherIm;
      to[t2] = twoRe * w2Re - twoIm * w2Im;
      to[t2 + 1] = twoRe * w2Im + twoIm * w2Re;
      const t3 = t2 + next;
      const threeRe = differenceRe - turnedRe;
      const threeIm = differenceIm - turnedIm;
      to[t3] = threeRe * w3Re - threeIm * w3Im;
      to[t3 + 1] = threeRe * w3Im + threeIm * w3Re;
    }
  }
};

const pass5: Pass = (to, from, blocks, step, twiddles) => {
  const [apart, next] = [2 * step * blocks, 2 * step];
  for (let block = 0; block < blocks; block++) {
    const place = 10 * block;
    const w1Re = twiddles[place + 2]!;
    const w1Im = twiddles[place + 3]!;
    const w2Re = twiddles[place + 4]!;
    const w2Im = twiddles[place + 5]!;
    const w3Re = twiddles[place + 6]!;
    const w3Im = twiddles[place + 7]!;
    const w4Re = twiddles[place + 8]!;
    const w4Im = twiddles[place + 9]!;
    let a = 2 * step * block;
    let target = 10 * step * block;
    for (let q = 0; q < step; q++, a += 2, target += 2) {
      const b = a + apart;
      const c = b + apart;
      const d = c + apart;
      const e = d + apart;
      const aRe = from[a]!;
      const aIm = from[a + 1]!;
      const outerRe = from[b]! + from[e]!;
      const outerIm = from[b + 1]! + from[e + 1]!;
      const innerRe = from[c]! + from[d]!;
      const innerIm = from[c + 1]! + from[d + 1]!;
      const outerReGap = from[b]! - from[e]!;
      const outerImGap = from[b + 1]! - from[e + 1]!;
      const innerReGap = from[c]! - from[d]!;
      const innerImGap = from[c + 1]! - from[d + 1]!;
      to[target] = aRe + outerRe + innerRe;
      to[target + 1] = aIm + outerIm + innerIm;
      // X₁ = m₁ − i·n₁, X₄ = m₁ + i·n₁, and likewise X₂ and X₃
      const m1Re = aRe + cos1 * outerRe + cos2 * innerRe;
      const m1Im = aIm + cos1 * outerIm + cos2 * innerIm;
      const m2Re = aRe + cos2 * outerRe + cos1 * innerRe;
      const m2Im = aIm + cos2 * outerIm + cos1 * innerIm;
      const n1Re = sin1 * outerReGap + sin2 * innerReGap;
      const n1Im = sin1 * outerImGap + sin2 * innerImGap;
      const n2Re = sin2 * outerReGap - sin1 * innerReGap;
      const n2Im = sin2 * outerImGap - sin1 * innerImGap;
      const t1 = target + next;
      const oneRe = m1Re + n1Im;
      const oneIm = m1Im - n1Re;
      to[t1] = oneRe * w1Re - oneIm * w1Im;
      to[t1 + 1] = oneRe * w1Im + oneIm * w1Re;
      const t2 = t1 + next;
      const twoRe = m2Re + n2Im;
      const twoIm = m2Im - n2Re;
      to[t2] = twoRe * w2Re - twoIm * w2Im;
      to[t2 + 1] = twoRe * w2Im + twoIm * w2Re;
      const t3 = t2 + next;
      const threeRe = m2Re - n2Im;
      const threeIm = m2Im + n2Re;
      to[t3] = threeRe * w3Re - threeIm * w3Im;
      to[t3 + 1] = threeRe * w3Im + threeIm * w3Re;
      const t4 = t3 + next;
      const fourRe = m1Re - n1Im;
      const fourIm = m1Im + n1Re;
      to[t4] = fourRe * w4Re - fourIm * w4Im;
      to[t4 + 1] = fourRe * w4Im + fourIm * w4Re;
    }
  }
};
