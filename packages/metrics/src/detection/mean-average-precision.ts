import { quote } from '@polytask/base';
import type { Metric } from '../metric.ts';
import { byCodeUnit } from '../order.ts';
import type { Detection, TrueBox } from './boxes.ts';
import { counts, type Matching, type Outcome, outcomes } from './matching.ts';
import { checkInterpolation, type Interpolation, interpolatedPrecision } from './precision-recall.ts';

/** The boxes found in each image and those that are there, in the same order; `null` in `actual` is an image that nobody labelled. */
export type DetectionBatch<Label extends string = string> = {
  readonly predicted: readonly (readonly Detection<Label>[])[];
  readonly actual: readonly (readonly TrueBox<Label>[] | null)[];
};

/** What is known of a label: how many of its boxes count, and of each detection the score and the outcome at every threshold. */
export type DetectionEvidence = {
  readonly label: string;
  readonly positives: number;
  readonly detections: readonly { readonly score: number; readonly outcomes: readonly Outcome[] }[];
};

export type DetectionOptions = {
  /** Overlaps from which on a box is found, 0 < IoU ≤ 1; the mean over them. Default: 0.5. */
  readonly overlaps?: number | readonly number[];
  /** Default: `all`, the area under the curve. */
  readonly interpolation?: Interpolation;
  /** Default: `voc`. */
  readonly matching?: Matching;
  /** Whether coordinates are numbers of pixels, the last of them included, so that a box of width w covers w + 1: VOC's own. Default: false. */
  readonly inclusivePixels?: boolean;
  /** Of each image and label, at most so many detections, those with the highest scores. Default: all. */
  readonly most?: number;
};

type DetectionMetric<Value> = Metric<DetectionBatch, readonly DetectionEvidence[], Value>;

/**
 * How well boxes are found: the mean over labels (and over thresholds) of AP, the area under the precision–recall curve of a label's detections.
 *
 * A detection is right when it covers a true box of its label, IoU ≥ threshold, that none with a higher score has; detections of difficult boxes and of
 * crowds count for nothing. Equal scores stand in the order in which they were observed. Labels that have no box that counts are left out; NaN
 * where none is left.
 *
 * The state keeps score and outcomes of every detection.
 *
 * @throws RangeError when an option is out of range; from `observe` for unequal lengths or a score that is no number.
 *
 * Everingham, Van Gool, Williams, Winn & Zisserman, "The PASCAL Visual Object Classes (VOC) Challenge", IJCV 2010.
 */
export const meanAveragePrecision = (options: DetectionOptions = {}): DetectionMetric<number> => ({
  ...evidenceOf(options),
  name: 'meanAveragePrecision',
  compute: (state) => meanOf(state.map((one) => precisionOf(one, options))),
});

/** The same for each label alone: AP by label, without those that have no box that counts. */
export const averagePrecisionByLabel = (
  options: DetectionOptions = {},
): DetectionMetric<Readonly<Record<string, number>>> => ({
  ...evidenceOf(options),
  name: 'averagePrecisionByLabel',
  compute: (state) =>
    Object.fromEntries(
      state.filter(({ positives }) => positives > 0).map((one) => [one.label, precisionOf(one, options)]),
    ),
});

/**
 * Mean average precision as COCO has it: at 101 recalls, the mean over IoU 0.50, 0.55, … 0.95, of at most 100 detections of each image and label.
 *
 * Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014.
 */
export const cocoAveragePrecision = (): DetectionMetric<number> => ({
  ...meanAveragePrecision({
    overlaps: Array.from({ length: 10 }, (_, at) => (50 + 5 * at) / 100),
    interpolation: 101,
    matching: 'coco',
    most: 100,
  }),
  name: 'cocoAveragePrecision',
});

function evidenceOf({
  overlaps = 0.5,
  interpolation = 'all',
  matching = 'voc',
  inclusivePixels = false,
  most = Number.POSITIVE_INFINITY,
}: DetectionOptions) {
  const thresholds = [overlaps].flat();
  if (thresholds.length === 0 || !thresholds.every((value) => value > 0 && value <= 1))
    throw new RangeError(`overlaps: expected numbers above 0, up to 1. Found ${quote(overlaps)}.`);
  checkInterpolation(interpolation);
  if (matching !== 'voc' && matching !== 'coco')
    throw new RangeError(`matching: expected "voc" or "coco". Found ${quote(matching)}.`);
  if (!(most >= 1)) throw new RangeError(`most: expected a positive number. Found ${quote(most)}.`);
  return {
    direction: 'up' as const,
    empty: [],
    observe(batch: DetectionBatch): readonly DetectionEvidence[] {
      const images = imagesOf(batch);
      const labels = new Set(images.flatMap(({ found, truths }) => [...found, ...truths].map(({ label }) => label)));
      return [...labels].sort(byCodeUnit).map((label) => {
        const own = images.map(({ found, truths }) => ({
          found: found
            .filter((one) => one.label === label)
            .sort((a, b) => b.score - a.score)
            .slice(0, most),
          truths: truths.filter((one) => one.label === label),
        }));
        return {
          label,
          positives: own.reduce((sum, { truths }) => sum + truths.filter(counts).length, 0),
          detections: own.flatMap(({ found, truths }) => {
            const all = thresholds.map((one) => outcomes(found, truths, one, { matching, inclusivePixels }));
            return found.map(({ score }, at) => ({ score, outcomes: all.map((list) => list[at]!) }));
          }),
        };
      });
    },
    merge(left: readonly DetectionEvidence[], right: readonly DetectionEvidence[]): readonly DetectionEvidence[] {
      const rows = new Map(left.map((one) => [one.label, one]));
      for (const one of right) {
        const other = rows.get(one.label);
        rows.set(
          one.label,
          other
            ? {
                label: one.label,
                positives: other.positives + one.positives,
                detections: [...other.detections, ...one.detections],
              }
            : one,
        );
      }
      return [...rows.values()].sort((a, b) => byCodeUnit(a.label, b.label));
    },
  };
}

function imagesOf({ predicted, actual }: DetectionBatch) {
  if (predicted.length !== actual.length)
    throw new RangeError(
      `expected as many predicted as actual images. Found ${predicted.length} predicted and ${actual.length} actual.`,
    );
  return actual.flatMap((truths, at) => {
    if (truths === null) return [];
    const found = predicted[at]!;
    const broken = found.find(({ score }) => !Number.isFinite(score));
    if (broken) throw new RangeError(`score: expected a finite number. Found ${quote(broken.score)}.`);
    return [{ found, truths }];
  });
}

function precisionOf(
  { positives, detections }: DetectionEvidence,
  { overlaps = 0.5, interpolation = 'all' }: DetectionOptions,
): number {
  if (positives === 0) return Number.NaN;
  const ordered = [...detections].sort((a, b) => b.score - a.score); // stable
  const each = [overlaps].flat().map((_, at) => {
    const judged = ordered.map((one) => one.outcomes[at]!).filter((outcome) => outcome >= 0);
    return interpolatedPrecision(
      judged.map((outcome) => outcome === 1),
      positives,
      interpolation,
    );
  });
  return meanOf(each);
}

function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
