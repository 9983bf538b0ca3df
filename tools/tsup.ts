import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

type Exports = Record<string, string | { readonly '@polytask/source'?: string }>;

/** The sources behind the exports of the package in the working directory. */
const entries = (): string[] => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly exports?: Exports };
  return Object.values(exports ?? {}).flatMap((entry) => {
    const source = typeof entry === 'string' ? undefined : entry['@polytask/source'];
    return source ? [source.replace(/^\.\//, '')] : [];
  });
};

/** The one build recipe: ESM, ES2022, declarations, nothing bundled but the package's own files. */
export const library = (overrides: Options = {}) =>
  defineConfig({
    entry: entries(),
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    external: [/^[@a-z#]/],
    sourcemap: true,
    clean: true,
    treeshake: true,
    silent: true,
    ...overrides,
  });
