import type { Source, SourceRow } from './types.ts';

/** Chunks of bytes as a stream gives them. */
export async function* stream(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

export async function all(source: Source): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const row of source) rows.push(row);
  return rows;
}

/** `values` as plain objects, `bad` as codes. */
export async function brief(source: Source): Promise<unknown[]> {
  return (await all(source)).map((row) => ('bad' in row ? row.bad.code : { ...row.values }));
}
