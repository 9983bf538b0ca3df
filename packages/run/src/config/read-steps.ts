import { PolytaskError, type Problem } from '@polytask/base';
import { parse } from 'yaml';
import { cleaningFor } from '../registry.ts';
import { type CleaningConfig, cleaningSchema } from './cleaning-schema.ts';
import { explain } from './explain.ts';

/**
 * Steps of cleaning from texts such as `cleanText` or `{ type: fillMissing, by: median }`, the form of `data.clean`.
 *
 * @throws PolytaskError usage E1201, E1203 to E1207 with everything that is wrong, each with the text it is about.
 */
export function readCleaningSteps(texts: readonly string[]): CleaningConfig {
  const problems: Problem[] = [];
  const steps = texts.flatMap((text): CleaningConfig => {
    const file = `--step ${text}`;
    let raw: unknown;
    try {
      raw = /^\w+$/.test(text.trim()) ? { type: text.trim() } : parse(text);
    } catch (error) {
      problems.push({ code: 'E1201', file, message: (error as Error).message.split('\n')[0]! });
      return [];
    }
    const result = cleaningSchema.safeParse([raw]);
    const findings = result.success
      ? complaints(result.data)
      : result.error.issues.flatMap((issue) => explain(cleaningSchema, issue, [raw]));
    for (const { path, problem } of findings) {
      const keys = path.slice(1).map(String).join('.');
      problems.push({ ...problem, file, ...(keys !== '' && { path: keys }) });
    }
    return result.success && findings.length === 0 ? result.data : [];
  });
  if (problems.length > 0) throw new PolytaskError('usage', problems);
  return steps;
}

function complaints(steps: CleaningConfig): ReturnType<typeof explain> {
  try {
    cleaningFor(steps);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    return [{ path: [0], at: 'value', problem: { code: 'E1205', message: error.message } }];
  }
}
