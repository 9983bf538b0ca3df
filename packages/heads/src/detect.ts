import { type HostTensor, hostTensor, PolytaskError, quote } from '@polytask/base';
import { fitLabels, labelVocabulary } from '@polytask/data';
import type { Detection, TrueBox } from '@polytask/metrics';
import { readBoxes, suppressOverlaps } from './boxes.ts';
import { type DetectParams, detectLayer } from './detect-layer.ts';
import { type DetectTarget, gridLoss } from './grid-loss.ts';
import type { Head } from './head.ts';

export type DetectOptions = {
  /** Height and width of the images whose pixels the boxes are in. Default: null, boxes are relative: from 0 to 1 of width and height. */
  readonly size?: readonly [height: number, width: number] | null;
  /** The score from which on a box is predicted, 0 ≤ t < 1. Default: 0.25. Average precision wants it low. */
  readonly threshold?: number;
  /** Of boxes of one label that cover each other by more, IoU from 0 to 1, one is kept. Default: 0.5. */
  readonly overlap?: number;
  /** At most so many boxes of an image. Default: 100. */
  readonly most?: number;
  /** Filters of 3×3 convolutions with relu between the map and the cells. Default: none. */
  readonly filters?: readonly number[];
};

/** JSON: the labels in the order of the logits, and what the layer and decoding need. */
export type DetectSpec = {
  readonly labels: readonly string[];
  /** Mean of the logarithms of the boxes' relative sizes. */
  readonly logarithms: { readonly width: number; readonly height: number };
  /** Boxes of the training image with the most. */
  readonly longest: number;
  readonly size: readonly [height: number, width: number] | null;
  readonly threshold: number;
  readonly overlap: number;
  readonly most: number;
  readonly filters: readonly number[];
};

export type DetectPrediction = {
  /** In the labels' own unit, from the highest score on. */
  readonly boxes: readonly Detection[];
};

/** A list of boxes, also as JSON; `difficult` ones and crowds are not learnt. */
export type DetectLabel = string | readonly TrueBox[];

/**
 * Boxes with labels, by a grid: each cell of a map [height, width, channels] says how sure it is that the centre of a box lies in it, where, how large
 * the box is and what.
 *
 * Per cell o, x, y, w, h and a logit per label: the box has its centre at ((column + σ(x)) / columns, (row + σ(y)) / rows), the size (e^w, e^h) times the
 * geometric mean of the training boxes, and the score σ(o)·softmax(label). The loss of an image is that of `gridLoss`; the count is the number of images
 * with labels, those without any box among them. A cell finds one box: of boxes with their centres in one cell, all but one are missed. Labels that
 * training did not have are no boxes.
 *
 * Predictions are the boxes from a score on, without those that cover a better one of the same label.
 *
 * @throws RangeError when an option is out of range, and from the layer's `init` unless the representation is a map.
 * @throws PolytaskError E2344 from `fit` without any box; E2342 from `fit` and `target` for what is no boxes.
 *
 * Redmon, Divvala, Girshick & Farhadi, "You Only Look Once", CVPR 2016; sizes as in Redmon & Farhadi, "YOLO9000", CVPR 2017.
 */
export function detect({
  size = null,
  threshold = 0.25,
  overlap = 0.5,
  most = 100,
  filters = [],
}: DetectOptions = {}): Head<DetectLabel, DetectSpec, DetectParams, DetectTarget, DetectPrediction> {
  if (size !== null && !(size.length === 2 && size.every((length) => length > 0 && Number.isFinite(length))))
    throw new RangeError(`size: expected [height, width]. Found ${quote(size)}.`);
  if (!(threshold >= 0 && threshold < 1)) throw new RangeError(`threshold: expected 0 ≤ t < 1. Found ${threshold}.`);
  if (!(overlap >= 0 && overlap <= 1)) throw new RangeError(`overlap: expected 0 to 1. Found ${overlap}.`);
  if (!(Number.isInteger(most) && most > 0)) throw new RangeError(`most: expected a positive integer. Found ${most}.`);
  detectLayer({ labels: ['any'], filters });
  return {
    fit(given) {
      const images = given.flatMap((label) => (label === null ? [] : [learnt(label)]));
      const boxes = images.flat();
      const { labels } = fitLabels(boxes.map(({ label }) => label));
      if (labels.length === 0)
        throw new PolytaskError('data', {
          code: 'E2344',
          message: 'Expected at least one box in the training split. Found none.',
          fix: 'Check the column of the task.',
        });
      const [rows, columns] = size ?? [1, 1];
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      return {
        labels,
        logarithms: {
          width: mean(boxes.map(({ width }) => Math.log(width / columns))),
          height: mean(boxes.map(({ height }) => Math.log(height / rows))),
        },
        longest: images.reduce((longest, { length }) => Math.max(longest, length), 0),
        size,
        threshold,
        overlap,
        most,
        filters,
      };
    },
    target(given, { labels, logarithms, longest, size: scale }) {
      const [rows, columns] = scale ?? [1, 1];
      const { encode } = labelVocabulary({ labels });
      const images = given.map((label) => (label === null ? [] : learnt(label)));
      // one width for all batches, for each is another program
      const width = 4 * Math.ceil(images.reduce((all, { length }) => Math.max(all, length), Math.max(1, longest)) / 4);
      const boxes = new Float32Array(given.length * width * 4);
      const classes = new Int32Array(given.length * width).fill(-1);
      for (const [row, list] of images.entries()) {
        for (const [at, box] of list.entries()) {
          const centre = [(box.x + box.width / 2) / columns, (box.y + box.height / 2) / rows];
          const sizes = [
            Math.log(box.width / columns) - logarithms.width,
            Math.log(box.height / rows) - logarithms.height,
          ];
          boxes.set([...centre, ...sizes], (row * width + at) * 4);
          // a centre outside of the image lies in no cell
          if (centre.every((value) => value >= 0 && value <= 1)) classes[row * width + at] = encode(box.label);
        }
      }
      const present = given.map((label) => (label === null ? 0 : 1));
      return {
        tensors: {
          boxes: hostTensor('float32', [given.length, width, 4], boxes),
          classes: hostTensor('int32', [given.length, width], classes),
          present: hostTensor('float32', [given.length], present),
        },
        count: present.reduce<number>((sum, one) => sum + one, 0),
      };
    },
    task: (spec) => ({
      layer: detectLayer(spec),
      loss: (cells, { boxes, classes, present }) => gridLoss(cells, { boxes, classes, present }),
    }),
    decode,
  };
}

const learnt = (label: DetectLabel): readonly TrueBox[] =>
  readBoxes(label).filter(({ difficult = false, crowd = false }) => !difficult && !crowd);

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

function decode({ data, shape }: HostTensor, spec: DetectSpec): DetectPrediction[] {
  const { labels, logarithms, size, threshold, overlap, most } = spec;
  const [batch, rows, columns, width] = shape as [number, number, number, number];
  if (shape.length !== 4 || width !== 5 + labels.length)
    throw new RangeError(
      `outputs: expected shape [batch, rows, columns, ${5 + labels.length}]. Found ${quote(shape)}.`,
    );
  const [high, wide] = size ?? [1, 1];
  return Array.from({ length: batch }, (_, image) => {
    const found: Detection[] = [];
    for (let cell = 0; cell < rows * columns; cell++) {
      const start = (image * rows * columns + cell) * width;
      const [sure, x, y, w, h] = data.subarray(start, start + 5) as unknown as [number, number, number, number, number];
      const logits = Array.from(data.subarray(start + 5, start + width));
      const highest = Math.max(...logits);
      const score = sigmoid(sure) / logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
      if (score < threshold) continue;
      const [centreX, centreY] = [
        ((cell % columns) + sigmoid(x)) / columns,
        (Math.floor(cell / columns) + sigmoid(y)) / rows,
      ];
      const [halfWidth, halfHeight] = [Math.exp(w + logarithms.width) / 2, Math.exp(h + logarithms.height) / 2];
      // what lies outside of the image is cut off
      const [left, right] = [Math.max(0, centreX - halfWidth), Math.min(1, centreX + halfWidth)];
      const [top, bottom] = [Math.max(0, centreY - halfHeight), Math.min(1, centreY + halfHeight)];
      found.push({
        x: left * wide,
        y: top * high,
        width: (right - left) * wide,
        height: (bottom - top) * high,
        label: labels[logits.indexOf(highest)]!,
        score,
      });
    }
    return { boxes: suppressOverlaps(found, overlap).slice(0, most) };
  });
}
