import { z } from 'zod';
import { count, positive, rate } from './pieces.ts';

/** How `pretrainRun` teaches an encoder to guess hidden tokens of the training texts. */
export const pretrainSchema = z.strictObject({
  epochs: count.default(10),
  /** Instead of epochs. */
  steps: count.optional(),
  batch: count.default(32),
  /** Of AdamW, the highest: it rises over a tenth of the steps and falls to 0 in a straight line. */
  learningRate: positive.default(5e-4),
  weightDecay: z.number().min(0).default(0.01),
  /** The share of a text's tokens that are to be guessed. */
  rate: rate.refine((value) => value > 0, 'a number above 0').default(0.15),
  /** Hides all pieces of a word or none. */
  wholeWords: z.boolean().default(false),
  /**
   * Beside the tokens, the halves of texts are to find each other among those of the batch: the weight of that loss, tokens having 1, and the
   * temperature of its similarities.
   */
  halves: z
    .union(
      [
        z.literal(false),
        z.strictObject({ weight: positive.default(1), temperature: z.number().min(0.001).default(0.1) }),
      ],
      'false, or { weight, temperature }',
    )
    .prefault({}),
  /** The share of the training texts that only judges. */
  heldOut: positive.max(0.5).default(0.05),
  /** Judges after so many steps, and at the end. */
  evaluate: z.union([z.literal('epoch'), count], 'epoch, or a number of steps').default('epoch'),
});
export type PretrainConfig = z.output<typeof pretrainSchema>;
