import { PolytaskError } from '@polytask/base';
import { parse } from 'yaml';
import { type SourceConfig, sourceSchema } from './source-schema.ts';

/**
 * A source from a text: a path, or IDX files by column such as `{ image: t10k-images-idx3-ubyte, digit: t10k-labels-idx1-ubyte }`.
 *
 * @throws PolytaskError usage E1201, E1205 for a text in braces that is no such list.
 */
export function readSource(text: string, option = '--data'): SourceConfig {
  if (!text.startsWith('{')) return text;
  const file = `${option} ${text}`;
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new PolytaskError('usage', { code: 'E1201', file, message: (error as Error).message.split('\n')[0]! });
  }
  const result = sourceSchema.safeParse(raw);
  if (result.success) return result.data;
  const fix = 'Expected IDX files by column: { image: t10k-images-idx3-ubyte, digit: t10k-labels-idx1-ubyte }.';
  throw new PolytaskError('usage', { code: 'E1205', file, message: 'The files are not named by column.', fix });
}
