import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { createJiti } from 'jiti';
import { columnValues } from '../data/column-values.ts';
import { type Document, placeless, readDocument } from './document.ts';
import { columnsToFind, expandEach } from './expand-each.ts';
import { importProblem } from './import-problem.ts';
import { resolveRun } from './resolve.ts';
import type { Run } from './run.ts';

export type ReadRunFileOptions = {
  /** `train.batch=32`: changes to the file, checked by the same schema. The value is YAML. */
  readonly set?: readonly string[];
  /** Reads this file instead of the run file's data, and splits it. Relative to the working directory. */
  readonly data?: string;
};

/**
 * Reads a run file: YAML, JSON, or TypeScript and JavaScript with a default export. Relative paths in it start at its folder.
 *
 * @throws PolytaskError usage E1201 broken syntax · E1202 no such file, or not a run file · E1203 to E1209 with all problems at once · E1218 `each` cannot make tasks · and what reading the data for it throws.
 */
export async function readRunFile(path: string, { set, data }: ReadRunFileOptions = {}): Promise<Run> {
  const document = await open(path);
  const run = resolveRun(document, {
    folder: dirname(resolve(path)),
    file: path,
    ...(set && { set }),
    ...(data !== undefined && { data: resolve(data) }),
  });
  const asked = columnsToFind(run);
  return expandEach(run, Object.keys(asked).length > 0 ? await columnValues(run.config, asked) : {});
}

async function open(path: string): Promise<Document> {
  const fail = (message: string, cause?: unknown, fix = 'A run file is .yaml, .yml, .json, .ts or .js.'): never => {
    throw new PolytaskError('usage', { code: 'E1202', file: path, message, ...(fix && { fix }) }, { cause });
  };
  const extension = extname(path).toLowerCase();
  if (['.ts', '.mts', '.js', '.mjs'].includes(extension)) {
    await readFile(path).catch((error) => fail(reason(error), error));
    const loaded = await createJiti(import.meta.url)
      .import(resolve(path), { default: true })
      .catch((error) => fail(`It cannot be loaded: ${importProblem(error, resolve(path))}.`, error, ''));
    if (typeof loaded !== 'object' || loaded === null) return fail('Expected the run as default export. Found none.');
    return placeless(loaded);
  }
  if (!['.yaml', '.yml', '.json'].includes(extension)) return fail(`Unknown file type "${extension}".`);
  return readDocument(await readFile(path, 'utf8').catch((error) => fail(reason(error), error)));
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'No such file.';
  if (error.code === 'EISDIR') return 'Expected a file. Found a folder.';
  return `Cannot be read: ${error.message}.`;
}
