import { z } from 'zod';
import { label, name } from './pieces.ts';

/** How tasks stand to each other. */
export const relationsSchema = z.strictObject({
  /** By child: the task above, and for each of its labels those that may stand below. */
  hierarchy: z
    .record(name, z.strictObject({ parent: name, under: z.record(z.string(), z.array(label).min(1)) }))
    .optional(),
  /** By task: those whose outputs its head reads. */
  reads: z.record(name, z.array(name).min(1)).optional(),
  /** Pairs of tasks of the same classes, or of numbers, whose predictions are pulled together in training. */
  correlated: z
    .array(z.strictObject({ tasks: z.tuple([name, name]), strength: z.number().min(0).default(0.1) }))
    .min(1)
    .optional(),
  /** P(both) = P(first) · P(second | first), learned on all examples: `yes` is the label of each task that says that its step was taken. */
  esmm: z.strictObject({ first: name, both: name, yes: z.strictObject({ first: label, both: label }) }).optional(),
  /** Whether the loss of a reader also changes what it reads. */
  gradient: z.enum(['flows', 'stops']).default('flows'),
});
