import { z } from 'zod';

// What many keys of a run file are.
export const positive = z.number().positive();
export const count = z.int().positive();
export const rate = z.number().min(0).lt(1);
export const column = z.string().min(1);
/** A label of the data, where 3 and true are written without quotes too. */
export const label = z
  .union([z.string().min(1), z.number(), z.boolean()], 'a label: a text, a number, true or false')
  .transform(String);
/** Names stand in paths such as `tasks.topic.weight`, in file names and in tensors' names. */
export const name = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_-]*$/u, 'a name of letters, digits, _ and -, starting with a letter');
const json = z.record(z.string(), z.json());
/** Stands where a TypeScript run file passed an object: its name and options are recorded. */
export const custom = z.strictObject({ type: z.literal('custom'), name: z.string(), options: json.default({}) });
