import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly [field: string]: unknown;
};

export type WorkspacePackage = {
  /** The folder, absolute. */
  readonly folder: string;
  /** The folder from the root, with slashes: `packages/base`. */
  readonly path: string;
  readonly manifest: Manifest;
};

/** One thing wrong, at a file given from the root. */
export type Violation = { readonly file: string; readonly message: string };

export const repository = new URL('../..', import.meta.url);

export const slashes = (path: string): string => path.split(sep).join('/');

/** All packages under `packages/`, `apps/` and `examples/`, in alphabetical order. */
export const workspacePackages = (root: string): WorkspacePackage[] =>
  ['packages', 'apps', 'examples'].flatMap((parent) => {
    const folder = join(root, parent);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
      .filter((candidate) => existsSync(join(candidate, 'package.json')))
      .map((found) => ({
        folder: found,
        path: slashes(relative(root, found)),
        manifest: JSON.parse(readFileSync(join(found, 'package.json'), 'utf8')) as Manifest,
      }));
  });

const skipped = new Set(['node_modules', 'dist', '.cache', '.turbo', 'runs']);

/** All files below a folder whose name matches, absolute, without what git ignores. */
export const filesBelow = (folder: string, pattern: RegExp): string[] => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path, pattern);
      return pattern.test(entry.name) && !entry.name.includes('.generated.') ? [path] : [];
    });
};

export const isTest = (file: string): boolean => /\.(test|test-d|fixture)\.tsx?$/.test(file);

/** Is this module the program, not an import of it? */
export const isMain = (url: string): boolean => url === pathToFileURL(process.argv[1] ?? '').href;

/** Prints what a check found and sets the exit code. */
export const conclude = (check: string, violations: readonly Violation[], subject: string): void => {
  for (const { file, message } of violations) process.stdout.write(`${file}: ${message}\n`);
  const count = `${violations.length} ${violations.length === 1 ? 'violation' : 'violations'}`;
  process.stdout.write(violations.length > 0 ? `✗ ${check}: ${count} in ${subject}\n` : `✓ ${check}: ${subject}\n`);
  if (violations.length > 0) process.exitCode = 1;
};
