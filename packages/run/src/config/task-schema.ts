import { z } from 'zod';
import { heads, metricsOfKind } from './names.ts';
import { column, count, custom, rate } from './pieces.ts';

const keys = {
  column,
  /** Multiplies the balancer's weight, and weighs the task in `select: { mode: weighted }`. */
  weight: z.number().min(0).default(1),
};

/** The first is the primary one. */
const classMetrics = z.array(z.enum(metricsOfKind.classes)).min(1).default(['accuracy', 'macroF1']);

export const taskSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal(heads.classify),
    ...keys,
    metrics: classMetrics,
    loss: z.strictObject({ smoothing: rate.default(0) }).prefault({}),
    classWeights: z.union([z.literal('balanced'), z.record(z.string(), z.number().min(0))]).optional(),
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
  custom.extend({ ...keys, metrics: classMetrics }),
]);
