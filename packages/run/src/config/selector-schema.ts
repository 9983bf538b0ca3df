import { z } from 'zod';
import { selectors } from './names.ts';
import { name } from './pieces.ts';

const selector = <Name extends keyof typeof selectors, Shape extends z.ZodRawShape>(type: Name, options: Shape) =>
  z.strictObject({ type: z.literal(selectors[type]), ...options });
/** Above 0, at most 1. */
const share = z.number().positive().max(1);
/** Rewards that are remembered to bring new ones to [0, 1]. */
const window = z.int().min(2).default(100);

const single = [
  selector('fixed', { tasks: z.array(name).min(1).optional(), inTurn: z.boolean().default(false) }),
  /** importance · size^(1/T), the size the number of labels. */
  selector('priority', {
    importance: z.record(name, z.number().min(0)).optional(),
    bySize: z.boolean().default(true),
    temperature: z.number().min(1).default(1),
  }),
  selector('learningProgress', { rate: share.default(0.1), exploration: z.number().min(0).max(1).default(0.1) }),
  selector('exp3', { gamma: share.default(0.1), window }),
  selector('ucb1', { exploration: z.number().min(0).default(1), window }),
] as const;

/** What chooses the task of each batch, by the progress of the losses. */
export const selectorSchema = z.discriminatedUnion('type', [
  ...single,
  selector('mixed', {
    parts: z
      .array(z.strictObject({ share: z.number().positive(), selector: z.discriminatedUnion('type', single) }))
      .min(1),
  }),
]);

export type SelectorConfig = z.output<typeof selectorSchema>;
