import { type Box, type Detection, intersection, intersectionOverUnion, type TrueBox } from './boxes.ts';

/** How one detection fared at one threshold: 1 right, 0 wrong, −1 neither, for it lies on a box that does not count. */
export type Outcome = 1 | 0 | -1;

/** Who is matched with whom. */
export type Matching = 'voc' | 'coco';

const inclusive = ({ x, y, width, height }: Box): Box => ({ x, y, width: width + 1, height: height + 1 });

/** How far a detection covers a true box; of a crowd, how far it lies within. */
export function overlap(detection: Box, truth: TrueBox, inclusivePixels: boolean): number {
  const [one, other] = inclusivePixels ? [inclusive(detection), inclusive(truth)] : [detection, truth];
  if (!truth.crowd) return intersectionOverUnion(one, other);
  const area = one.width * one.height;
  return area > 0 ? intersection(one, other) / area : 0;
}

export const counts = ({ difficult = false, crowd = false }: TrueBox): boolean => !difficult && !crowd;

/**
 * The outcomes of the detections of one image and one label, from the highest score on.
 *
 * `voc`: a detection belongs to the box that it covers most, and is wrong when an earlier one has that box already. `coco`: it takes, of the boxes
 * that are left, the one that it covers most, boxes that count before those that do not.
 */
export function outcomes(
  detections: readonly Detection[],
  truths: readonly TrueBox[],
  threshold: number,
  { matching, inclusivePixels }: { readonly matching: Matching; readonly inclusivePixels: boolean },
): Outcome[] {
  const taken = new Set<number>();
  return detections.map((detection) => {
    const covered = truths.map((truth) => overlap(detection, truth, inclusivePixels));
    const best = matching === 'voc' ? highest(covered) : free(covered, truths, taken, threshold);
    if (best < 0 || covered[best]! < threshold) return 0;
    if (!counts(truths[best]!)) {
      if (matching === 'coco') taken.add(best);
      return -1;
    }
    if (taken.has(best)) return 0;
    taken.add(best);
    return 1;
  });
}

const highest = (covered: readonly number[]): number =>
  covered.reduce((best, value, at) => (best < 0 || value > covered[best]! ? at : best), -1);

function free(
  covered: readonly number[],
  truths: readonly TrueBox[],
  taken: ReadonlySet<number>,
  threshold: number,
): number {
  const of = (wanted: boolean) =>
    covered.reduce((best, value, at) => {
      const truth = truths[at]!;
      if (counts(truth) !== wanted || value < threshold || (taken.has(at) && !truth.crowd)) return best;
      return best < 0 || value >= covered[best]! ? at : best; // of equals the last one, as pycocotools has it
    }, -1);
  const real = of(true);
  return real >= 0 ? real : of(false);
}
