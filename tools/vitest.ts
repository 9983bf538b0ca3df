import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm test` counts the tests of all packages from these files; turbo keeps and restores them.
const results = process.env.POLYTASK_TEST_RESULTS;

/** The one test recipe: source instead of builds, forks, and a console call fails the test that made it. */
export const tests = (overrides: Record<string, unknown> = {}) =>
  defineConfig({
    ssr: { resolve: { conditions: ['@polytask/source', ...defaultServerConditions] } },
    test: {
      include: ['src/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('./vitest.setup.ts', import.meta.url))],
      passWithNoTests: false,
      testTimeout: 60_000,
      reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
      ...overrides,
    },
  });
