import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The versions of what the engine runs on, as the engine finds it; undefined where it is not installed. */
export function runtimeVersions(names: readonly string[]): Record<string, string | undefined> {
  const find = createRequire(import.meta.resolve('@polytask/engine'));
  return Object.fromEntries(names.map((name) => [name, versionOf(name, find)]));
}

function versionOf(name: string, find: NodeJS.Require): string | undefined {
  // Manifests are not among the exports of every package: search from the folders where it may be.
  for (const parent of find.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(join(parent, name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {}
  }
  return undefined;
}
