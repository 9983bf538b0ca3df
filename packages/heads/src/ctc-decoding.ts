/** Natural logarithms of probabilities, row after row: frames × classes; class 0 is the blank. */
export type FrameScores = { readonly frames: number; readonly classes: number; readonly logarithms: Float64Array };

/** log softmax of each frame of logits. */
export function frameScores(logits: ArrayLike<number>, start: number, frames: number, classes: number): FrameScores {
  const logarithms = new Float64Array(frames * classes);
  for (let frame = 0; frame < frames; frame++) {
    const from = start + frame * classes;
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < classes; at++) highest = Math.max(highest, logits[from + at]!);
    let sum = 0;
    for (let at = 0; at < classes; at++) sum += Math.exp(logits[from + at]! - highest);
    const total = highest + Math.log(sum);
    for (let at = 0; at < classes; at++) logarithms[frame * classes + at] = logits[from + at]! - total;
  }
  return { frames, classes, logarithms };
}

export type Decoded = {
  /** Classes without blanks. */
  readonly labels: readonly number[];
  /** log p of the path, or of all paths of the beam that end in these labels. */
  readonly logProbability: number;
};

/** The most probable class of each frame, repeats merged and blanks dropped: the most probable path, not always the most probable labels. */
export function greedyDecode({ frames, classes, logarithms }: FrameScores): Decoded {
  const labels: number[] = [];
  let [before, logProbability] = [0, 0];
  for (let frame = 0; frame < frames; frame++) {
    let best = 0;
    for (let at = 1; at < classes; at++)
      if (logarithms[frame * classes + at]! > logarithms[frame * classes + best]!) best = at;
    logProbability += logarithms[frame * classes + best]!;
    if (best !== 0 && best !== before) labels.push(best);
    before = best;
  }
  return { labels, logProbability };
}

/** A sequence of labels that some paths so far end in: log p of those that end in a blank, and of the others. */
type Prefix = { readonly labels: readonly number[]; blank: number; label: number };

/**
 * The most probable labels by beam search over prefixes: all paths of a prefix count together, the `width` best prefixes go on.
 *
 * @param width at least 1; wide enough, the result is exact.
 * @param prune classes with a smaller log p in a frame are not tried there. Default: none is left out.
 * @throws RangeError when `width` is not a positive integer.
 *
 * Hannun, Maas, Jurafsky & Ng, "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs", 2014.
 */
export function beamDecode(
  { frames, classes, logarithms }: FrameScores,
  { width, prune = Number.NEGATIVE_INFINITY }: { readonly width: number; readonly prune?: number },
): Decoded[] {
  if (!(Number.isInteger(width) && width > 0))
    throw new RangeError(`width: expected a positive integer. Found ${width}.`);
  let beam: Prefix[] = [{ labels: [], blank: 0, label: Number.NEGATIVE_INFINITY }];
  for (let frame = 0; frame < frames; frame++) {
    const next = new Map<string, Prefix>();
    const prefixOf = (labels: readonly number[]): Prefix => {
      const name = labels.join(' ');
      const known = next.get(name);
      if (known) return known;
      const made = { labels, blank: Number.NEGATIVE_INFINITY, label: Number.NEGATIVE_INFINITY };
      next.set(name, made);
      return made;
    };
    for (const { labels, blank, label } of beam) {
      const all = logAdd(blank, label);
      for (let at = 0; at < classes; at++) {
        const score = logarithms[frame * classes + at]!;
        if (score < prune) continue;
        if (at === 0) {
          const same = prefixOf(labels);
          same.blank = logAdd(same.blank, all + score);
        } else if (at === labels.at(-1)) {
          // without a blank between them, equal classes are one label
          const same = prefixOf(labels);
          same.label = logAdd(same.label, label + score);
          const longer = prefixOf([...labels, at]);
          longer.label = logAdd(longer.label, blank + score);
        } else {
          const longer = prefixOf([...labels, at]);
          longer.label = logAdd(longer.label, all + score);
        }
      }
    }
    beam = [...next.values()].sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, width);
  }
  return beam.map((prefix) => ({ labels: prefix.labels, logProbability: scoreOf(prefix) }));
}

const scoreOf = ({ blank, label }: Prefix): number => logAdd(blank, label);

function logAdd(a: number, b: number): number {
  const [more, less] = a > b ? [a, b] : [b, a];
  return less === Number.NEGATIVE_INFINITY ? more : more + Math.log1p(Math.exp(less - more));
}
