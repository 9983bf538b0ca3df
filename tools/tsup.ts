import { defineConfig, type Options } from 'tsup';

/** The one build recipe: ESM, ES2022, declarations, nothing bundled but the package's own files. */
export const library = (overrides: Options = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    external: [/^#/],
    sourcemap: true,
    clean: true,
    treeshake: true,
    silent: true,
    ...overrides,
  });
