import { z } from 'zod';
import { sharings } from './names.ts';
import { count, name, rate } from './pieces.ts';

/** Units of the dense layers with relu of a tower, an expert, or of the stages of one. */
const hidden = z.array(count).min(1);
/** What goes with any way of sharing. */
const keys = {
  /** What the outputs of the heads make of each other. */
  outputs: z.strictObject({ type: z.literal('attention') }).optional(),
};
const sharing = <Name extends keyof typeof sharings, Shape extends z.ZodRawShape>(type: Name, options: Shape) =>
  z.strictObject({ type: z.literal(sharings[type]), ...options, ...keys });
const dropout = rate.optional();
const experts = { shared: z.int().min(0).default(2), specific: z.int().min(0).default(2) };

/** How tasks share what lies between the encoder and the heads. */
export const sharingSchema = z.discriminatedUnion('type', [
  /** One encoder, and, where `hidden` is given, one tower. */
  sharing('hard', { hidden: hidden.optional(), dropout }),
  /** A tower for each group of tasks: the advice of `polytask tasks affinity`. */
  sharing('grouped', { groups: z.array(z.array(name).min(1)).min(1), hidden: hidden.default([64]), dropout }),
  /** A tower for each task, held near each other. */
  sharing('soft', { hidden: hidden.default([64]), dropout, strength: z.number().min(0).optional() }),
  sharing('crossStitch', {
    hidden: hidden.default([64, 64]),
    own: z.number().optional(),
    perChannel: z.boolean().optional(),
  }),
  sharing('mmoe', { experts: count.default(4), hidden: hidden.default([64]), dropout }),
  sharing('omoe', { experts: count.default(4), hidden: hidden.default([64]), dropout }),
  sharing('cgc', { ...experts, hidden: hidden.default([64]), dropout }),
  /** One level for each entry of `hidden`. */
  sharing('ple', { ...experts, hidden: hidden.default([64, 64]) }),
  /**
   * With an encoder of type cnn or resnet, and without `hidden`, masks over the maps of its blocks. Else stages of dense layers, of 64 and 64 units
   * unless `hidden` says otherwise, and masks over their features. `batchNorm` is for maps, which these features are too where a task detects.
   */
  sharing('mtan', { hidden: hidden.optional(), batchNorm: z.boolean().optional() }),
  sharing('film', { width: count.optional() }),
  sharing('adapters', { width: count.optional() }),
  sharing('lora', {
    units: count.default(64),
    rank: z.int().min(0).optional(),
    alpha: z.number().optional(),
    frozen: z.boolean().optional(),
  }),
  sharing('taskAttention', { hidden: hidden.default([64]), dropout }),
]);
