import { z } from 'zod';
import { cleaningSteps as names } from './names.ts';

const count = z.int().positive();
const column = z.string().min(1);
const columns = z.array(column).min(1).optional();
const fraction = z.number().min(0).max(1);
const above = z.number().positive().optional();

const step = <Name extends keyof typeof names, Shape extends z.ZodRawShape>(type: Name, options: Shape) =>
  z.strictObject({ type: z.literal(names[type]), ...options });

const outlierRule = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('zScore'), threshold: above }),
  z.strictObject({ type: z.literal('iqr'), factor: above }),
  z.strictObject({ type: z.literal('mad'), threshold: above }),
  z.strictObject({ type: z.literal('quantile'), low: fraction, high: fraction }),
]);

/** Steps of cleaning, one after the other; fitted to training rows. Columns default to all that a step can work on. */
export const cleaningSchema = z.array(
  z.discriminatedUnion('type', [
    step('coerceTypes', { columns }),
    step('cleanText', {
      columns,
      html: z.boolean().optional(),
      control: z.boolean().optional(),
      whitespace: z.boolean().optional(),
    }),
    step('fillMissing', {
      by: z.union(
        [z.enum(['mean', 'median', 'mode']), z.strictObject({ constant: z.union([z.number(), z.string()]) })],
        'mean, median, mode or { constant: value }',
      ),
      columns,
      flag: z.boolean().optional(),
    }),
    step('carryValues', {
      direction: z.enum(['forward', 'backward']),
      columns,
      within: column.optional(),
      limit: count.optional(),
    }),
    step('fillFromNeighbours', {
      neighbours: count.optional(),
      columns,
      features: columns,
      maxReferences: count.optional(),
    }),
    step('dropMissingRows', { columns, maxFraction: fraction.optional() }),
    step('dropMissingColumns', { columns, maxFraction: fraction.optional() }),
    step('outliers', { by: outlierRule, action: z.enum(['clip', 'missing', 'drop', 'flag']), columns }),
    step('dropDuplicateRows', { columns }),
    step('dropNearDuplicates', { column, threshold: z.number().positive().max(1).optional() }),
    step('contradictoryLabels', {
      label: column,
      content: z.array(column).min(1),
      action: z.enum(['missing', 'drop', 'report']),
    }),
    step('removeLabelLeaks', {
      text: column,
      label: column,
      action: z.enum(['names', 'all', 'report']).optional(),
      minPrecision: fraction.optional(),
      minNamePrecision: fraction.optional(),
      minRows: count.optional(),
      minRecall: fraction.optional(),
    }),
  ]),
);

export type CleaningConfig = z.output<typeof cleaningSchema>;
export type CleaningStepConfig = CleaningConfig[number];
