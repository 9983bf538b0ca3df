import { z } from 'zod';
import { heads, metricsOfKind } from './names.ts';
import { column, count, custom, label, positive, rate } from './pieces.ts';

/** More values than these are no tasks. */
export const mostValues = 1000;
export const defaultPull = 30;

/** One task for every value of a column, or, of one of them, its value and the name that all were written under. */
const each = z
  .union(
    [
      column,
      z
        .strictObject({
          column,
          /** How many labels of its own a head needs to follow them as much as the mean of all heads; 0 leaves heads to themselves. */
          pull: z.number().min(0).default(defaultPull),
          values: z
            .array(z.union([z.string().min(1), z.number()]))
            .min(1)
            .max(mostValues)
            .optional(),
          value: z.string().min(1).optional(),
          of: z.string().min(1).optional(),
        })
        .refine(
          ({ value, of }) => (value === undefined) === (of === undefined),
          'a column, or { column, pull, values }',
        ),
    ],
    'a column, or { column, pull, values }',
  )
  .optional();

const keys = {
  column,
  each,
  /** Multiplies the balancer's weight, and weighs the task in `select: { mode: weighted }`. */
  weight: z.number().min(0).default(1),
};

/** The first is the primary one. */
const classMetrics = z.array(z.enum(metricsOfKind.classes)).min(1).default(['accuracy', 'macroF1']);

const classWeights = z.union([z.literal('balanced'), z.record(z.string(), z.number().min(0))]).optional();
const probability = z.number().gt(0).lt(1);

export const taskSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal(heads.classify),
    ...keys,
    metrics: classMetrics,
    loss: z.strictObject({ smoothing: rate.default(0) }).prefault({}),
    classWeights,
    hidden: z.array(count).optional(),
    dropout: rate.optional(),
    /** Of a sequence. */
    pooling: z.enum(['attentive', 'mean']).optional(),
  }),
  z.strictObject({
    type: z.literal(heads.regress),
    ...keys,
    metrics: z.array(z.enum(metricsOfKind.numbers)).min(1).default(['r2', 'rmse']),
    loss: z.enum(['squared', 'absolute', 'huber', 'gaussian']).optional(),
    hidden: z.array(count).optional(),
    dropout: rate.optional(),
  }),
  z.strictObject({
    type: z.literal(heads.transcribe),
    ...keys,
    metrics: z.array(z.enum(metricsOfKind.texts)).min(1).default(['wer', 'cer']),
    beam: count.max(1000).optional(),
    lowercase: z.boolean().optional(),
  }),
  /** Any number of labels: a list, a text with separators, or a column of 0 and 1 for each label. */
  z.strictObject({
    type: z.literal(heads.multiLabel),
    ...keys,
    column: column.optional(),
    columns: z.array(column).min(1).optional(),
    metrics: z.array(z.enum(metricsOfKind.sets)).min(1).default(['microF1', 'macroF1']),
    separator: z.string().min(1).optional(),
    classWeights,
    threshold: z.union([probability, z.record(z.string(), probability)]).optional(),
    hidden: z.array(count).optional(),
    dropout: rate.optional(),
    pooling: z.enum(['attentive', 'mean']).optional(),
  }),
  /** A tag for each word of a text. */
  z.strictObject({
    type: z.literal(heads.tag),
    ...keys,
    metrics: z.array(z.enum(metricsOfKind.spans)).min(1).default(['spanF1', 'tagAccuracy']),
    classWeights,
    hidden: z.array(count).optional(),
    dropout: rate.optional(),
  }),
  /** Boxes in an image. */
  z.strictObject({
    type: z.literal(heads.detect),
    ...keys,
    metrics: z.array(z.enum(metricsOfKind.boxes)).min(1).default(['mAP50', 'mAP']),
    /** Height and width of the images whose pixels the boxes are in; boxes are from 0 to 1 when left out. */
    size: z.tuple([positive, positive]).optional(),
    threshold: rate.optional(),
    overlap: z.number().min(0).max(1).optional(),
    most: count.optional(),
    filters: z.array(count).optional(),
  }),
  /** Classes that have an order, such as ratings. */
  z.strictObject({
    type: z.literal(heads.ordinal),
    ...keys,
    metrics: z.array(z.enum(metricsOfKind.classes)).min(1).default(['accuracy', 'quadraticKappa']),
    /** From the lowest to the highest; numbers by value when left out. */
    order: z.array(label).min(2).optional(),
    hidden: z.array(count).optional(),
    dropout: rate.optional(),
    pooling: z.enum(['attentive', 'mean']).optional(),
  }),
  custom.extend({ ...keys, metrics: classMetrics }),
]);
